import { useI18n } from 'vue-i18n'
import type { MaybeRefOrGetter } from 'vue'
import { api, type CaseDetail } from '@/api'
import { useAct } from './useAct'

/** 签收: the lead unit takes the case; it now owes the caller a first contact. */
export function useSign(seen: MaybeRefOrGetter<CaseDetail | undefined>, onDone?: () => void) {
  const { t } = useI18n()
  return useAct<undefined>(seen, {
    send: (at) => api.POST('/api/v1/cases/{case_id}/sign', at),
    done: (after) => t('done.signed', { number: after.number }),
    onDone,
  })
}
