/** Who is not to see a case: stated as a whole list each time, so that a mistake is mended by stating it again. */
import { useI18n } from 'vue-i18n'
import type { MaybeRefOrGetter } from 'vue'
import { api, type CaseDetail, type ComplaintBody, type ConflictBody, type Statement } from '@/api'
import { shortName } from '@/components/names'
import { useAct } from '../useAct'

type Seen = MaybeRefOrGetter<CaseDetail | undefined>

export function mayState(detail: CaseDetail, name: Statement): boolean {
  return detail.statements.some((one) => one.act === name && one.allowed)
}

/** Whether two lists name others, in whatever order. */
export function differ(one: readonly string[], other: readonly string[]): boolean {
  return one.length !== other.length || one.some((id) => !other.includes(id))
}

/** 被投诉单位: nobody of these units sees it; the one that has it now loses it. */
export function useComplaint(seen: Seen) {
  const { t } = useI18n()
  return useAct<ComplaintBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/complaint', { ...at, body }),
    done: ({ complaint_against: units }) =>
      units.length > 0 ? t('done.complaint', { units: units.map(shortName).join(t('filters.and')) }) : t('done.complaint_lifted'),
  })
}

/** 回避: these persons do not see it. Without a list: oneself too. */
export function useConflict(seen: Seen) {
  const { t } = useI18n()
  return useAct<ConflictBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/conflict', { ...at, body }),
    done: ({ conflicts }) =>
      conflicts.length > 0 ? t('done.conflict', { persons: conflicts.map(({ name }) => name).join(t('filters.and')) }) : t('done.conflict_lifted'),
  })
}
