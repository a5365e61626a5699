/** Whether what a screen shows is still true, and if not, since when. Pure. */
import type { LivePhase } from '@/app/stream'

export interface Reading {
  phase: LivePhase
  /** The realm moment up to which the stream was whole; undefined while it is. */
  trueUntil?: number
  /** The last reading went wrong although the stream stands. */
  failing: boolean
  /** The realm moment of the figures on screen. */
  readAt?: number
}

/** The realm moment up to which the figures hold, or undefined while they are live. */
export function staleSince({ phase, trueUntil, failing, readAt }: Reading): number | undefined {
  if (readAt === undefined) return undefined // nothing is shown that could be old
  // the stream may have been whole a little longer than our last reading: nothing changed in between
  if (phase === 'lost') return Math.max(readAt, trueUntil ?? readAt)
  return failing ? readAt : undefined
}

const SOONEST = 250
const LONGEST = 2 ** 31 - 1

/**
 * Real milliseconds until figures change by themselves: when the first clock turns, or the day does.
 * Undefined where the realm's clock stands still. Never sooner than a quarter second, so a fast realm does
 * not ask more than four times a second.
 */
export function untilChange(next: string | null, midnight: string, now: number, rate: number): number | undefined {
  if (rate <= 0) return undefined
  const first = Math.min(Date.parse(midnight), next ? Date.parse(next) : Infinity)
  return Math.min(LONGEST, Math.max(SOONEST, (first - now) / rate + SOONEST))
}
