/**
 * Clocks in words. Two units at most; minutes vanish above a day (look/GUIDE, Clocks).
 *
 * A clock's state is counted here, from the realm's moment, so that a row turns amber and red by itself
 * between two readings. What was met or missed is the server's word.
 */
import type { Clock, ClockState } from '@/api'

export type Translate = (key: string, params?: Record<string, unknown>) => string

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `1 小时 12 分`, `6 天 21 小时`, `不到 1 分钟`. `ms` is taken as it stands, without sign. */
export function spanWords(ms: number, t: Translate): string {
  const span = Math.abs(ms)
  if (span < MINUTE) return t('span.under_minute')
  const days = Math.floor(span / DAY)
  const hours = Math.floor((span % DAY) / HOUR)
  const minutes = Math.floor((span % HOUR) / MINUTE)
  if (days > 0) return hours > 0 ? t('span.days_hours', { days, hours }) : t('span.days', { days })
  if (hours > 0) return minutes > 0 ? t('span.hours_minutes', { hours, minutes }) : t('span.hours', { hours })
  return t('span.minutes', { minutes })
}

/** Settled by the server; time changes nothing in them. */
const DONE: ReadonlySet<ClockState> = new Set(['met', 'missed', 'cancelled'])

export function clockState(clock: Clock, now: number): ClockState {
  if (DONE.has(clock.state)) return clock.state
  if (clock.paused_since || clock.state === 'paused') return 'paused'
  if (now >= Date.parse(clock.due_at)) return 'overdue'
  if (now >= Date.parse(clock.soon_at)) return 'due_soon'
  return 'running'
}

/** The share of the term that is used, 0 to 1: the arc of the ring. */
export function usedShare(clock: Clock, now: number): number {
  const start = Date.parse(clock.started_at)
  const due = Date.parse(clock.due_at)
  const until = clock.met_at ?? clock.paused_since
  const at = until ? Date.parse(until) : now
  if (due <= start) return 1
  if (clock.allowed_seconds > 0 && until) return Math.min(1, clock.used_seconds / clock.allowed_seconds)
  return Math.min(1, Math.max(0, (at - start) / (due - start)))
}

/** `还剩 1 小时 12 分`, `超期 1 天 3 小时`, `1 小时 5 分完成，限 24 小时`. */
export function clockWords(clock: Clock, now: number, t: Translate): string {
  const state = clockState(clock, now)
  const due = Date.parse(clock.due_at)
  switch (state) {
    case 'running':
    case 'due_soon':
      return t('clock.left', { span: spanWords(due - now, t) })
    case 'overdue':
      return t('clock.over', { span: spanWords(now - due, t) })
    case 'paused':
      return t('clock.paused')
    case 'met':
      return t('clock.met', { used: spanWords(doneAt(clock) - Date.parse(clock.started_at), t), limit: termWords(clock, t) })
    case 'cancelled':
      return t('clock.cancelled')
    case 'missed':
      return t('clock.missed', { span: spanWords(doneAt(clock) - due, t) })
  }
}

function doneAt(clock: Clock): number {
  return Date.parse(clock.met_at ?? clock.due_at)
}

/** What was allowed, as the policy words it (`7 个工作日`), else as the span from start to due. */
export function termWords(clock: Clock, t: Translate): string {
  if (clock.term) return t(`term.${clock.term.unit}`, { amount: clock.term.amount })
  return spanWords(Date.parse(clock.due_at) - Date.parse(clock.started_at), t)
}

/** The clock a list row shows: the open one that falls due first, else the last one that was met. */
export function leadingClock(clocks: readonly Clock[]): Clock | undefined {
  const byDue = [...clocks].sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))
  const open = byDue.filter((clock) => !DONE.has(clock.state))
  return open[0] ?? byDue.findLast((clock) => clock.state !== 'cancelled')
}
