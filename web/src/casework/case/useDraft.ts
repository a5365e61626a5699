/**
 * The reply being written, kept by the server for this post alone: read once, saved by itself a moment after the
 * last key, and again until it is through. What was never read is never written over.
 */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { answer, api, Problem } from '@/api'
import { realmNow } from '@/app/clock'

const PAUSE = 1_500
const AGAIN = 8_000

export function useDraft(caseId: string, text: { get(): string; set(body: string): void }) {
  const savedAt = shallowRef<number>()
  const failed = shallowRef(false)
  const read = shallowRef(false)
  const params = { path: { case_id: caseId } }
  let timer: ReturnType<typeof setTimeout> | undefined
  let saved = ''
  let gone = false

  async function load(): Promise<void> {
    try {
      const draft = await answer(api.GET('/api/v1/drafts/{case_id}', { params }))
      saved = draft.body
      if (draft.saved_at) savedAt.value = Date.parse(draft.saved_at)
      if (draft.body && text.get() === '') text.set(draft.body)
      read.value = true
      if (text.get() !== saved) later()
    } catch (error) {
      // a post that may not draft is told when it sends; silence is asked again
      if (!(error instanceof Problem) && !gone) timer = setTimeout(() => void load(), AGAIN)
    }
  }
  void load()

  async function save(): Promise<void> {
    clearTimeout(timer)
    const body = text.get()
    if (!read.value || body === saved) return
    try {
      await answer(api.PUT('/api/v1/drafts/{case_id}', { params, body: { body } }))
      saved = body
      savedAt.value = body === '' ? undefined : realmNow()
      failed.value = false
      if (text.get() !== saved) later()
    } catch (error) {
      failed.value = true // said beside the editor; the text stays where it is
      if (!(error instanceof Problem)) later(AGAIN)
    }
  }
  function later(pause = PAUSE): void {
    clearTimeout(timer)
    if (!gone) timer = setTimeout(() => void save(), pause)
  }
  watch(text.get, () => later())
  onScopeDispose(() => {
    gone = true
    void save()
  })

  return {
    savedAt,
    failed,
    /** Whether the server's draft is known; a beginning is filled in only then. */
    read,
    /** Whether the server has not yet what stands here. */
    pending: () => read.value && text.get() !== saved,
  }
}
