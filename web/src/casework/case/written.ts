/**
 * What one is writing on a case, kept while one looks elsewhere: on another tab of the page, on another case,
 * behind a conflict or an undo. In this page's memory, by post and case. The reply's text is also a draft on the
 * server (`useDraft`); what goes with it (outcome, date) is kept by the browser's tab until it is closed.
 */
import { reactive, watch } from 'vue'
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
  /** Whether the server's draft of the reply is in it already. */
  draftRead: boolean
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
    draftRead: false,
    leftOut: [],
  }
}

export function useWritten(caseId: string): Written {
  const key = `${session.me.value?.post_id ?? ''} ${caseId}`
  const before = kept.get(key)
  if (before) return before
  const written = reactive({ ...blank(), reply: { ...blank().reply, ...readTab(key) } })
  kept.set(key, written)
  watch(
    () => [written.reply.outcome, written.reply.promised, written.reply.opening],
    () => writeTab(key, written.reply),
  )
  return written
}

type WithText = Pick<ReplyWritten, 'outcome' | 'promised' | 'opening'>
const TAB = 'shanzhi.reply '

function readTab(key: string): Partial<WithText> {
  try {
    return JSON.parse(sessionStorage.getItem(TAB + key) ?? '{}') as Partial<WithText>
  } catch {
    return {} // barred storage, or something else's
  }
}
function writeTab(key: string, { outcome, promised, opening }: WithText): void {
  try {
    if (outcome) sessionStorage.setItem(TAB + key, JSON.stringify({ outcome, promised, opening }))
    else sessionStorage.removeItem(TAB + key)
  } catch {
    // barred storage: the choice holds for this page
  }
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
