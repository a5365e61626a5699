/**
 * Rows in bands instead of ranks, and the sentence that says so. Pure.
 *
 * A row stands above or below the whole only where its 95 % interval lies wholly beside it (the server's word);
 * within a band the order is fixed, because a difference inside the interval is no difference.
 */
import type { RateRow } from '@/api'
import type { Translate } from '@/components/clocks'
import type { By } from './address'

export type Band = RateRow['band']
export const BANDS = ['above', 'unclear', 'below', 'none'] as const satisfies readonly Band[]

export interface Group {
  band: Band
  rows: RateRow[]
  numerator: number
  denominator: number
}

export function bandsOf(rows: readonly RateRow[]): Group[] {
  return BANDS.map((band) => {
    const those = rows.filter((row) => row.band === band)
    return {
      band,
      rows: those,
      numerator: those.reduce((sum, row) => sum + row.numerator, 0),
      denominator: those.reduce((sum, row) => sum + row.denominator, 0),
    }
  }).filter(({ rows }) => rows.length > 0)
}

export interface Said {
  words: string
  tone?: 'above' | 'below'
}

/** `9 类事里` `2 类高于全街道` `，` `2 类低于` `，其余 5 类分不出高下`. The nameless row is no unit and is not counted. */
export function sentence(rows: readonly RateRow[], by: By, all: string, t: Translate): Said[] {
  const named = rows.filter((row) => row.id !== null && row.band !== 'none')
  const things = (count: number): string => t(`rates.counted.${by}`, { count })
  const above = named.filter((row) => row.band === 'above').length
  const below = named.filter((row) => row.band === 'below').length
  const rest = named.length - above - below
  if (named.length === 0) return []
  if (named.length === 1) return [{ words: t('rates.say.only', { count: things(1) }) }]
  if (rest === named.length) return [{ words: t('rates.say.all_unclear', { count: things(rest) }) }]
  const parts: Said[] = []
  if (above > 0) parts.push({ words: t('rates.say.above', { count: things(above), all }), tone: 'above' })
  if (below > 0) parts.push({ words: t('rates.say.below', { count: things(below), all }), tone: 'below' })
  if (rest > 0) parts.push({ words: t('rates.say.rest', { count: things(rest) }) })
  return [
    { words: t(`rates.things.${by}`, { count: named.length }) },
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [{ words: t('comma') }, part])),
  ]
}

/**
 * Where the axis of the drawn intervals begins: a round twentieth below what is worth comparing. Rows with a
 * handful of revisits reach far down; theirs run out of the picture rather than press all others together.
 */
export function axisFrom(rows: readonly Pick<RateRow, 'low' | 'denominator'>[]): number {
  const FEW = 30
  const enough = rows.filter((row) => row.denominator >= FEW)
  const lows = (enough.length > 0 ? enough : rows).map((row) => row.low ?? 1)
  return Math.max(0, Math.min(0.9, Math.floor((Math.min(1, ...lows) - 0.01) * 20) / 20))
}

export const WEIGHTS: Record<string, Record<string, number>> = {
  response: { in_time: 1, late: 0 },
  resolution: { yes: 1, partly: 0.5, no: 0 },
  satisfaction: { yes: 1, mostly: 0.8, fair: 0.6, no: 0 },
}

export interface Part {
  answer: string
  count: number
  weight: number
}

/** How a denominator splits, best answer first. */
export function partsOf(answers: Readonly<Record<string, number>>, rate: string): Part[] {
  return Object.entries(WEIGHTS[rate]!).map(([answer, weight]) => ({ answer, weight, count: answers[answer] ?? 0 }))
}

/** The numerator written out: `104 + 8.5`; one figure where only one answer counts. */
export function summands(parts: readonly Part[], write: (n: number) => string): string {
  return parts
    .filter((part) => part.weight > 0 && part.count > 0)
    .map((part) => write(part.count * part.weight))
    .join(' + ')
}
