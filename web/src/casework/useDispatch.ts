import { useI18n } from 'vue-i18n'
import type { MaybeRefOrGetter } from 'vue'
import { api, type CaseDetail, type DispatchBody } from '@/api'
import { useAct } from './useAct'

/** 派单: the case goes to a lead unit. */
export function useDispatch(seen: MaybeRefOrGetter<CaseDetail | undefined>, onDone?: () => void) {
  const { t } = useI18n()
  return useAct<DispatchBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/dispatch', { ...at, body }),
    done: (after) => t('done.dispatched', { unit: after.lead_unit?.name ?? '' }),
    onDone,
  })
}
