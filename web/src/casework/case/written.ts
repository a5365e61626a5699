/**
 * What one is writing on a case, kept while one looks elsewhere: on another tab of the page, on another case,
 * behind a conflict or an undo. In this page's memory only, by post and case. The reply is also a draft on the
 * server (`useDraft`).
 */
import { reactive } from 'vue'
import type { ContactBody, Outcome } from '@/api'
import { session } from '@/app/session'

export interface ReplyWritten {
  outcome?: Outcome
  text: string
  /** ISO date, or empty. */
  promised: string
  /** The beginning that was filled in; while the text is still that, another outcome may replace it. */
  opening: string
}
export interface Written {
  contact: { how: ContactBody['how']; reached: boolean; summary: string }
  progress: { text: string }
  reply: ReplyWritten
  /** Files that are not to go along with the next entry. */
  leftOut: string[]
  /** The last that was sent from here: it comes back where it is taken back. */
  sent?: { act: 'contact'; was: Written['contact'] } | { act: 'progress'; was: Written['progress'] } | { act: 'reply'; was: ReplyWritten }
}

const kept = new Map<string, Written>()

function blank(): Written {
  return {
    contact: { how: 'phone', reached: true, summary: '' },
    progress: { text: '' },
    reply: { text: '', promised: '', opening: '' },
    leftOut: [],
  }
}

export function useWritten(caseId: string): Written {
  const key = `${session.me.value?.post_id ?? ''} ${caseId}`
  let written = kept.get(key)
  if (!written) kept.set(key, (written = reactive(blank())))
  return written
}

/** Remembers what is being sent and clears its field. */
export function takeSent(written: Written, act: NonNullable<Written['sent']>['act']): void {
  written.sent = { act, was: { ...written[act] } } as Written['sent']
  written.leftOut = []
  Object.assign(written[act], { outcome: undefined }, blank()[act])
}

/** The act was taken back: what was sent stands in its field again, unless something newer does. */
export function giveBack(written: Written): void {
  const { sent } = written
  if (!sent) return
  const now = written[sent.act]
  if (('text' in now ? now.text : now.summary).trim() === '') Object.assign(now, sent.was)
  written.sent = undefined
}

/** Whether something stands there that would be lost with the page. A filled-in beginning is nobody's work. */
export function unsaved({ contact, progress }: Written): boolean {
  return contact.summary.trim() !== '' || progress.text.trim() !== ''
}

/** For tests. */
export function forgetWritten(): void {
  kept.clear()
}
