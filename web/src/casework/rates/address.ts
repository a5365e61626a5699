/** What the rates page is asked for, as it stands in the address. Pure. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { operations } from '@/api/schema'
import { civil, epoch, isoDay } from '@/app/when'

type Query = NonNullable<operations['shanzhi_casework_rates_api_rate_table']['parameters']['query']>
export type By = NonNullable<Query['by']>
export type Rate = NonNullable<Query['rate']>

export const BYS = ['unit', 'community', 'category'] as const satisfies readonly By[]
export const RATES = ['response', 'resolution', 'satisfaction'] as const satisfies readonly Rate[]
/** Periods that move with the day; `own` stands as two dates. */
export const PERIODS = ['month', 'last_month', 'days', 'year'] as const
export type Period = (typeof PERIODS)[number]
export const LONGEST_DAYS = 731

export interface Span {
  since: string
  until: string
}
export interface Asked {
  by: By
  rate: Rate
  period?: Period
  /** Own dates; both days are counted in. */
  since?: string
  until?: string
  /** Whose orders are open in the drawer: a row's id, `none` for the nameless row, `all`. */
  open?: string
  answers: string[]
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/

function all(value: LocationQuery[string] | undefined): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string' && item !== '')
}
function among<T extends string>(values: readonly T[], given: string | undefined): T | undefined {
  return values.find((value) => value === given)
}

export function askedOf(query: LocationQuery): Asked {
  const one = (name: string): string | undefined => all(query[name])[0]
  const day = (name: string): string | undefined => {
    const given = one(name)
    return given && ISO_DAY.test(given) ? given : undefined
  }
  return {
    by: among(BYS, one('by')) ?? 'unit',
    rate: among(RATES, one('rate')) ?? 'resolution',
    period: among(PERIODS, one('period')),
    since: day('since'),
    until: day('until'),
    open: one('open') ? (one('of') ?? 'all') : undefined,
    answers: all(query.answer),
  }
}

export function addressOf(asked: Asked): LocationQueryRaw {
  const query: LocationQueryRaw = { by: asked.by, rate: asked.rate }
  if (asked.period) query.period = asked.period
  else {
    if (asked.since) query.since = asked.since
    if (asked.until) query.until = asked.until
  }
  if (asked.open) {
    query.open = '1'
    if (asked.open !== 'all') query.of = asked.open
    if (asked.answers.length > 0) query.answer = [...asked.answers]
  }
  return query
}

/** A moving period on the day of `now`. */
export function spanOf(period: Period, now: number): Span {
  const today = isoDay(now)
  const first = `${today.slice(0, 8)}01`
  switch (period) {
    case 'month':
      return { since: first, until: today }
    case 'last_month': {
      const last = isoDay(`${first}T00:00:00+08:00`, -1)
      return { since: `${last.slice(0, 8)}01`, until: last }
    }
    case 'days':
      return { since: isoDay(now, -29), until: today }
    case 'year':
      return { since: `${civil(now).year}-01-01`, until: today }
  }
}

/** The days asked for; this month where nothing is said. */
export function daysOf(asked: Asked, now: number): Span {
  if (asked.period) return spanOf(asked.period, now)
  const until = asked.until ?? isoDay(now)
  return { since: asked.since ?? `${until.slice(0, 8)}01`, until }
}

/** The moving period that these days are, if they are one: its chip is the chosen one. */
export function periodOf(asked: Asked, now: number): Period | undefined {
  const days = daysOf(asked, now)
  return asked.period ?? PERIODS.find((period) => {
    const span = spanOf(period, now)
    return span.since === days.since && span.until === days.until
  })
}

export function validSpan({ since, until }: Span): boolean {
  if (!ISO_DAY.test(since) || !ISO_DAY.test(until)) return false
  const days = (epoch(`${until}T00:00:00Z`) - epoch(`${since}T00:00:00Z`)) / 86_400_000
  return days >= 0 && days <= LONGEST_DAYS
}
