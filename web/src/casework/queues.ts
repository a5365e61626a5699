/** Which queues a post works from, and where it starts. */
import type { Queue } from '@/api'

type Can = (act: string) => boolean

const INBOX: readonly Queue[] = ['to_dispatch', 'to_sign', 'to_contact', 'handling', 'to_revisit']

/** A queue one has no act for is shown only while something of one's own waits in it. */
export function inboxQueues(can: Can, counts: Partial<Record<Queue, number>>): readonly Queue[] {
  return INBOX.filter((queue) => queue !== 'to_dispatch' || can('dispatch') || (counts.to_dispatch ?? 0) > 0)
}

/** What waits for this post's own act: dispatchers dispatch, units sign, the rest look at what is in hand. */
export function defaultQueue(can: Can): Queue {
  if (can('dispatch')) return 'to_dispatch'
  if (can('handle')) return 'to_sign'
  return 'handling'
}
