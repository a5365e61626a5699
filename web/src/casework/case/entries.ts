/** What the journal of a case says about its files and its earlier replies. Entries come newest first. Pure. */
import type { Evidence, TimelineEntry } from '@/api'

function idsOf(entry: TimelineEntry): string[] {
  const { evidence } = entry.payload
  return Array.isArray(evidence) ? evidence.filter((id): id is string => typeof id === 'string') : []
}

/** Files that no entry carries yet: they go along with the next one. */
export function unattached(evidence: readonly Evidence[], timeline: readonly TimelineEntry[]): Evidence[] {
  const carried = new Set(timeline.filter((entry) => !entry.undone).flatMap(idsOf))
  return evidence.filter((file) => !carried.has(file.id))
}

/** Files that no reply carries yet: a reply takes along what was added since the one before. */
export function unanswered(evidence: readonly Evidence[], timeline: readonly TimelineEntry[]): Evidence[] {
  return unattached(
    evidence,
    timeline.filter((entry) => entry.verb === 'order.replied'),
  )
}

export interface EarlierReply {
  id: string
  at: string
  text: string
  outcome?: string
}

/** The reply of the round before, which the revisit found wanting; the case itself no longer carries it. */
export function replyBefore(timeline: readonly TimelineEntry[]): EarlierReply | undefined {
  const reopened = timeline.findIndex((entry) => entry.verb === 'order.reopened')
  if (reopened < 0) return undefined
  const entry = timeline.slice(reopened).find((one) => one.verb === 'order.replied' && !one.undone)
  if (!entry) return undefined
  const { text, outcome } = entry.payload
  return {
    id: entry.id,
    at: entry.recorded_at,
    text: typeof text === 'string' ? text : '',
    outcome: typeof outcome === 'string' ? outcome : undefined,
  }
}

/** Whether a rule closed it, not a person. */
export function closedByRule(timeline: readonly TimelineEntry[]): boolean {
  return timeline.find((entry) => entry.verb === 'order.closed' && !entry.undone)?.actor.kind === 'rule'
}
