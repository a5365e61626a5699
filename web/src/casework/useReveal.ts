/**
 * The original of what is masked. Each look is journalled; the value stays in this page's memory only,
 * and goes when another case is opened.
 */
import { shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { answer, api, Problem } from '@/api'
import { queryClient } from '@/app/query'
import { caseKeys } from './useCases'

export type Hidden = 'caller_name' | 'caller_phone' | 'text'

export function useReveal(caseId: MaybeRefOrGetter<string | undefined>) {
  const { t } = useI18n()
  const shown = shallowRef<Partial<Record<Hidden, string>>>({})
  const pending = shallowRef(false)
  const refusal = shallowRef<Problem | 'unreachable'>()

  function hide(): void {
    shown.value = {}
    refusal.value = undefined
  }
  watch(() => toValue(caseId), hide)

  /** True once all of them are shown. `reason` is asked of those who neither handle nor dispatch it. */
  async function reveal(fields: readonly Hidden[], reason?: string): Promise<boolean> {
    const id = toValue(caseId)
    if (id === undefined || pending.value) return false
    pending.value = true
    refusal.value = undefined
    try {
      for (const field of fields) {
        const { value, erased } = await answer(
          api.POST('/api/v1/cases/{case_id}/reveal', { params: { path: { case_id: id } }, body: { field, reason: reason ?? '' } }),
        )
        if (toValue(caseId) === id) shown.value = { ...shown.value, [field]: erased ? t('reveal.erased') : (value ?? '') }
      }
      // each look is an entry of the case's journal
      void queryClient.invalidateQueries({ queryKey: caseKeys.timeline(id) })
      return true
    } catch (error) {
      refusal.value = error instanceof Problem ? error : 'unreachable'
      return false
    } finally {
      pending.value = false
    }
  }

  return { shown, reveal, hide, pending, refusal }
}
