/** What a unit does with its case once it is signed: one composable an act. */
import { useI18n } from 'vue-i18n'
import type { MaybeRefOrGetter } from 'vue'
import { api, type CaseDetail, type CloseBody, type ContactBody, type ProgressBody, type ReplyBody } from '@/api'
import { useAct } from '../useAct'

type Seen = MaybeRefOrGetter<CaseDetail | undefined>

/** 联系: the first one that reaches the caller stops the response clock. */
export function useContact(seen: Seen, onDone?: () => void) {
  const { t } = useI18n()
  return useAct<ContactBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/contact', { ...at, body }),
    done: (_after, body) => t(body.reached ? 'done.contacted' : 'done.tried'),
    onDone,
  })
}

/** 办理: what was done, with its pictures. */
export function useProgress(seen: Seen, onDone?: () => void) {
  const { t } = useI18n()
  return useAct<ProgressBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/progress', { ...at, body }),
    done: () => t('done.progressed'),
    onDone,
  })
}

/** 反馈: outcome and answer; it goes to the city when the time for undo is over. */
export function useReply(seen: Seen, onDone?: () => void) {
  const { t } = useI18n()
  return useAct<ReplyBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/reply', { ...at, body }),
    done: (_after, body) => t('done.replied', { outcome: t(`outcome.${body.outcome}`) }),
    onDone,
  })
}

/** 结案. */
export function useClose(seen: Seen, onDone?: () => void) {
  const { t } = useI18n()
  return useAct<CloseBody>(seen, {
    send: (at, body) => api.POST('/api/v1/cases/{case_id}/close', { ...at, body }),
    done: (after) => t('done.closed', { number: after.number }),
    onDone,
  })
}
