/**
 * Several deadlines on one time axis: where each bar begins and ends, where "now" stands, and which days
 * or hours are named under it. Pure: positions are shares of the width, 0 to 1.
 */
import type { Clock } from '@/api'
import { civil, epoch } from '@/app/when'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SHANGHAI = 8 * HOUR

export interface Tick {
  at: number
  /** Epoch milliseconds; midnight ticks name their day, others their hour. */
  moment: number
}
export interface Axis {
  now: number
  ticks: Tick[]
  /** The share of the width at which a moment stands, held within the axis. */
  place(moment: string | number): number
}

/** At most this many names under the axis. */
const MOST_TICKS = 9
const STEPS = [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY]
/** A name closer than this to "now" would run into it. */
const TOO_CLOSE = 0.045

export function axisOf(clocks: readonly Pick<Clock, 'started_at' | 'due_at'>[], now: number): Axis {
  const start = Math.min(...clocks.map((clock) => epoch(clock.started_at)))
  const last = Math.max(now, ...clocks.map((clock) => epoch(clock.due_at)))
  // room at the right for the name of the last due moment
  const span = Math.max(HOUR, (last - start) * 1.2)
  const place = (moment: string | number): number => Math.min(1, Math.max(0, (epoch(moment) - start) / span))
  const step = STEPS.find((one) => span / one <= MOST_TICKS) ?? STEPS.at(-1)!
  const ticks: Tick[] = []
  for (let moment = Math.ceil((start + SHANGHAI) / step) * step - SHANGHAI; moment <= start + span; moment += step) {
    const at = place(moment)
    if (at > 0.01 && at < 0.985 && Math.abs(at - place(now)) > TOO_CLOSE) ticks.push({ at, moment })
  }
  return { now: place(now), ticks, place }
}

/** The clocks that still run, the one towards the caller first, then the city's above the street's. */
export function openClocks(clocks: readonly Clock[]): Clock[] {
  const order = ['caller', 'city', 'street']
  return clocks
    .filter((clock) => clock.met_at === null && clock.state !== 'cancelled')
    .sort((a, b) => order.indexOf(a.counterpart) - order.indexOf(b.counterpart))
}

/** Whole hours are named by the hour, midnights by their day. */
export function isMidnight(moment: number): boolean {
  const { hour, minute } = civil(moment)
  return hour === 0 && minute === 0
}
