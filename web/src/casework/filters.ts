/**
 * What a list of cases is asked for, as it stands in the address.
 *
 * The address is the only place a filter lives: a view can be sent to a colleague, and Back undoes a
 * choice. `period` stays relative there (`today` is the reader's today) and becomes dates when asked.
 */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { CaseQuery, CaseState, Queue, RequestKind, Sort, Urgency } from '@/api'
import { dayStart } from '@/app/when'

export const PERIODS = ['today', 'week', 'month'] as const
export const URGENCIES = ['danger', 'urgent', 'normal', 'complex'] as const satisfies readonly Urgency[]
export const KINDS = [
  'request',
  'complaint',
  'report',
  'suggestion',
  'consultation',
  'praise',
] as const satisfies readonly RequestKind[]
export const STATES = [
  'awaiting_dispatch',
  'awaiting_signature',
  'awaiting_contact',
  'handling',
  'awaiting_revisit',
  'closed',
] as const satisfies readonly CaseState[]
export const CHANNELS = ['hotline', 'phone', 'spreadsheet'] as const
export const CLOCKS = ['attention', 'overdue', 'due_soon', 'running', 'none'] as const
export const SORTS = ['due', 'newest', 'oldest'] as const satisfies readonly Sort[]
export const QUEUES = [
  'to_dispatch',
  'to_sign',
  'to_contact',
  'handling',
  'to_revisit',
  'closed',
  'mine',
  'in_hand',
  'all',
] as const satisfies readonly Queue[]

export type Period = (typeof PERIODS)[number]

/** Those of which several may be chosen. */
export const SEVERAL = ['state', 'area', 'unit', 'channel', 'category', 'urgency', 'kind'] as const
export type Several = (typeof SEVERAL)[number]

export interface Filters {
  queue?: Queue
  period?: Period
  from?: string
  to?: string
  /** Exact moments, as the links of figures give them: registered or closed from … to before …. */
  since?: string
  until?: string
  closed_since?: string
  closed_until?: string
  clock?: (typeof CLOCKS)[number]
  q?: string
  /** Those loaded as history, instead of the living. */
  historic?: boolean
  sort: Sort
  state: CaseState[]
  area: string[]
  unit: string[]
  channel: string[]
  category: string[]
  urgency: Urgency[]
  kind: RequestKind[]
}

export function noFilters(): Filters {
  return { sort: 'due', state: [], area: [], unit: [], channel: [], category: [], urgency: [], kind: [] }
}

/** The exact moments an address may hold. */
export const MOMENTS = ['since', 'until', 'closed_since', 'closed_until'] as const

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/
const ISO_MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

function all(value: LocationQuery[string] | undefined): string[] {
  const list = Array.isArray(value) ? value : [value]
  return [...new Set(list.filter((item): item is string => typeof item === 'string' && item !== ''))]
}
function among<T extends string>(values: readonly T[], given: string | undefined): T | undefined {
  return values.find((value) => value === given)
}
function those<T extends string>(values: readonly T[], given: string[]): T[] {
  return values.filter((value) => given.includes(value))
}

/** Reads the address. What it does not know it leaves out: an old link still opens. */
export function filtersFromQuery(query: LocationQuery): Filters {
  const one = (name: string): string | undefined => all(query[name])[0]
  const date = (name: string): string | undefined => {
    const given = one(name)
    return given && ISO_DAY.test(given) ? given : undefined
  }
  const moment = (name: string): string | undefined => {
    const given = one(name)
    return given && ISO_MOMENT.test(given) ? given : undefined
  }
  return {
    queue: among(QUEUES, one('queue')),
    period: among(PERIODS, one('period')),
    from: date('from'),
    to: date('to'),
    since: moment('since'),
    until: moment('until'),
    closed_since: moment('closed_since'),
    closed_until: moment('closed_until'),
    clock: among(CLOCKS, one('clock')),
    q: one('q')?.trim() || undefined,
    historic: one('historic') === '1' || undefined,
    sort: among(SORTS, one('sort')) ?? 'due',
    state: those(STATES, all(query.state)),
    area: all(query.area),
    unit: all(query.unit),
    channel: all(query.channel),
    category: all(query.category),
    urgency: those(URGENCIES, all(query.urgency)),
    kind: those(KINDS, all(query.kind)),
  }
}

/** Writes the address: only what was chosen, always in the same order. */
export function queryFromFilters(filters: Filters): LocationQueryRaw {
  const query: LocationQueryRaw = {}
  if (filters.queue) query.queue = filters.queue
  if (filters.period) query.period = filters.period
  if (filters.from) query.from = filters.from
  if (filters.to) query.to = filters.to
  for (const name of MOMENTS) if (filters[name]) query[name] = filters[name]
  for (const name of SEVERAL) if (filters[name].length > 0) query[name] = [...filters[name]]
  if (filters.clock) query.clock = filters.clock
  if (filters.q) query.q = filters.q
  if (filters.historic) query.historic = '1'
  if (filters.sort !== 'due') query.sort = filters.sort
  return query
}

/** How many conditions narrow the list (queue and order do not count). */
export function narrowing(filters: Filters): number {
  const { period, from, to, since, until, clock, q, historic } = filters
  const closed = filters.closed_since ?? filters.closed_until
  return [period, from ?? to, since ?? until, closed, clock, q, historic].filter(Boolean).length + SEVERAL.filter((name) => filters[name].length > 0).length
}

/** The question to the server. `now` turns a relative period into dates; `to` counts its own day in. */
export function caseQuery(filters: Filters, now: number): CaseQuery {
  const query: CaseQuery = { sort: filters.sort }
  if (filters.queue) query.queue = filters.queue
  if (filters.clock) query.clock = filters.clock
  if (filters.q) query.q = filters.q
  if (filters.historic) query.historic = true
  for (const name of SEVERAL) if (filters[name].length > 0) Object.assign(query, { [name]: filters[name] })
  for (const name of MOMENTS) if (filters[name]) query[name] = filters[name]
  const back = { today: 0, week: -6, month: -29 }
  if (filters.period) query.since = dayStart(now, back[filters.period])
  else if (filters.from) query.since = `${filters.from}T00:00:00+08:00`
  if (filters.to && !filters.period) query.until = dayStart(`${filters.to}T00:00:00+08:00`, 1)
  return query
}
