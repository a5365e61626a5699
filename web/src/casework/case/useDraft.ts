/** The reply being written, kept by the server for this post alone; saved by itself a moment after the last key. */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { answer, api } from '@/api'
import { realmNow } from '@/app/clock'

const PAUSE = 1_500

export function useDraft(caseId: string, text: Ref<string>) {
  const savedAt = shallowRef<number>()
  const failed = shallowRef(false)
  const params = { path: { case_id: caseId } }
  let timer: ReturnType<typeof setTimeout> | undefined
  let saved = ''
  let loaded = false

  void answer(api.GET('/api/v1/drafts/{case_id}', { params }))
    .then((draft) => {
      if (draft.body && !text.value) {
        saved = draft.body
        text.value = draft.body
        savedAt.value = draft.saved_at ? Date.parse(draft.saved_at) : undefined
      }
    })
    .catch(() => undefined)
    .finally(() => (loaded = true))

  async function save(): Promise<void> {
    if (!loaded || text.value === saved) return
    const body = text.value
    try {
      await answer(api.PUT('/api/v1/drafts/{case_id}', { params, body: { body } }))
      saved = body
      savedAt.value = realmNow()
      failed.value = false
    } catch {
      failed.value = true // said beside the editor; the text stays where it is
    }
  }
  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), PAUSE)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    void save()
  })
  /** The reply went out: nothing is kept. */
  function sent(): void {
    clearTimeout(timer)
    saved = ''
    text.value = ''
    void answer(api.PUT('/api/v1/drafts/{case_id}', { params, body: { body: '' } })).catch(() => undefined)
  }
  return { savedAt, failed, sent }
}
