/** Marks a case as read by this post once it has been looked at, not when it was only passed by. */
import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { answer, api, type CaseDetail } from '@/api'

const LOOKED_AT = 1_500

export function useOpened(seen: MaybeRefOrGetter<CaseDetail | undefined>): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => toValue(seen)?.id,
    () => {
      clearTimeout(timer)
      const detail = toValue(seen)
      if (!detail?.unread) return
      timer = setTimeout(() => {
        // who may only look (leader, auditor) is refused; that is no one's concern
        void answer(api.POST('/api/v1/cases/{case_id}/open', { params: { path: { case_id: detail.id } } })).catch(
          () => undefined,
        )
      }, LOOKED_AT)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
}

