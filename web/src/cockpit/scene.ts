/** The figures of 运行态势, as the registry of figures answers them: each number with the list behind it. */
import type { Channel, Outcome, Revisit, Urgency } from '@/api'

/** A number and the address of the list whose total it is. */
export interface Counted {
  value: number
  list: string
}
export interface Share {
  numerator: number
  denominator: number
  rate: number | null
  low: number | null
  high: number | null
  list: string
}
export type Band = 'above' | 'below' | 'unclear' | 'none'
export type RateName = 'response' | 'resolution' | 'satisfaction'
export type ClockGroup = 'overdue' | 'due_soon' | 'running' | 'none'

export interface Community {
  id: string
  name: string
  short: string
  in_hand: Counted
  attention: Counted
  overdue: Counted
  due_soon: Counted
}
export interface Point {
  id: string
  lon: number
  lat: number
  clock: 'overdue' | 'due_soon'
  title: string
}
export interface Day {
  day: string
  received: Counted
  closed: Counted
}
export interface CategoryRow extends Counted {
  id: string | null
  name: string
  before: Counted
}
export interface UnitRow extends Share {
  id: string
  name: string
  short: string
  band: Band
}
export interface FeedRow {
  position: number
  at: string
  verb: string
  case: string
  title: string
  urgency: Urgency
  unit: string | null
  community: string | null
  result: { outcome?: Outcome; resolved?: Revisit['resolved']; satisfied?: Revisit['satisfied'] }
}

export interface Figures {
  orders_today: {
    received: Counted
    closed: Counted
    received_a_week_before: Counted
    channels: (Counted & { channel: Channel })[]
  }
  orders_in_hand: {
    total: Counted
    attention: Counted
    clocks: (Counted & { clock: ClockGroup })[]
    urgencies: (Counted & { urgency: Urgency })[]
    communities: Community[]
    points: Point[]
    next_change_at: string | null
  }
  rates_of_month: { since: string; rates: Record<RateName, Share>; score: number | null; units: UnitRow[] }
  orders_by_day: { received: Counted; closed: Counted; days: Day[] }
  orders_by_category: CategoryRow[]
  orders_feed: FeedRow[]
}

/** Of a post that is bound to one community the others are not zero but unseen: they are left out. */
export function seen(communities: Community[], area: string | undefined): Community[] {
  return area ? communities.filter((community) => community.id === area || community.in_hand.value > 0) : communities
}

export interface Scene {
  scene: string
  now: string
  position: number
  figures: Figures
}
