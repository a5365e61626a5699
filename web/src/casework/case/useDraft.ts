/**
 * The reply being written, kept by the server for this post alone: read once, saved by itself a moment after the
 * last key, and again until it is through. What was never read is never written over.
 */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { answer, api, Problem } from '@/api'
import { realmNow } from '@/app/clock'
import type { Written } from './written'

const PAUSE = 1_500
const AGAIN = 8_000

export function useDraft(caseId: string, written: Pick<Written, 'reply' | 'draftRead'>) {
  const { reply } = written
  const savedAt = shallowRef<number>()
  const failed = shallowRef(false)
  const read = shallowRef(false)
  const params = { path: { case_id: caseId } }
  let reading: ReturnType<typeof setTimeout> | undefined
  let saving: ReturnType<typeof setTimeout> | undefined
  let saved = ''
  let gone = false

  async function load(): Promise<void> {
    try {
      const draft = await answer(api.GET('/api/v1/drafts/{case_id}', { params }))
      saved = draft.body
      if (draft.saved_at) savedAt.value = Date.parse(draft.saved_at)
      if (!written.draftRead || reply.text === '') take(draft.body)
      written.draftRead = read.value = true
      if (reply.text !== saved) later()
    } catch (error) {
      // a post that may not draft is told when it sends; silence is asked again
      if (!(error instanceof Problem) && !gone) reading = setTimeout(() => void load(), AGAIN)
    }
  }
  void load()

  /** The draft comes back; what was written before it could be read stands under it. */
  function take(body: string): void {
    if (body === '') return
    reply.text = reply.text === '' || reply.text === reply.opening ? body : `${body}\n${reply.text}`
  }

  async function save(): Promise<void> {
    clearTimeout(saving)
    const body = reply.text
    if (!read.value || body === saved) return
    try {
      await answer(api.PUT('/api/v1/drafts/{case_id}', { params, body: { body } }))
      saved = body
      savedAt.value = body === '' ? undefined : realmNow()
      failed.value = false
      if (reply.text !== saved) later()
    } catch (error) {
      failed.value = true // said beside the editor; the text stays where it is
      if (!(error instanceof Problem)) later(AGAIN)
    }
  }
  function later(pause = PAUSE): void {
    clearTimeout(saving)
    if (!gone) saving = setTimeout(() => void save(), pause)
  }
  watch(() => reply.text, () => later())

  /** The page goes: what was typed last leaves with it, and is not waited for. */
  function leave(): void {
    if (!read.value || reply.text === saved) return
    void api.PUT('/api/v1/drafts/{case_id}', { params, body: { body: reply.text }, keepalive: true }).catch(() => undefined)
  }
  function warn(event: BeforeUnloadEvent): void {
    if (failed.value) event.preventDefault()
  }
  window.addEventListener('pagehide', leave)
  window.addEventListener('beforeunload', warn)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', leave)
    window.removeEventListener('beforeunload', warn)
    gone = true
    clearTimeout(reading)
    void save()
  })

  return {
    savedAt,
    failed,
    /** Whether the server's draft is known; a beginning is filled in only then. */
    read,
  }
}
