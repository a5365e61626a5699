import { describe, expect, it } from 'vitest'
import type { RateRow } from '@/api'
import { addressOf, askedOf, daysOf, periodOf, spanOf, validSpan } from '@/casework/rates/address'
import { axisFrom, bandsOf, partsOf, sentence, summands } from '@/casework/rates/bands'
import { words } from './words'

const NOW = Date.parse('2025-05-30T11:20:00+08:00')
const t = words('zh')
const row = (name: string, band: RateRow['band'], parts: Partial<RateRow> = {}): RateRow => ({
  id: name, name, band, numerator: 90, denominator: 100, rate: 0.9, low: 0.82, high: 0.95, ...parts,
})
const said = (rows: RateRow[], by: 'unit' | 'community' | 'category' = 'category') =>
  sentence(rows, by, '全街道', t).map((part) => part.words).join('')

describe('bands', () => {
  it('stand above, cannot tell, below, and keep the fixed order inside', () => {
    const groups = bandsOf([row('甲', 'below'), row('乙', 'unclear', { rate: 0.2 }), row('丙', 'unclear', { rate: 0.99 }), row('丁', 'above')])
    expect(groups.map(({ band, rows }) => [band, rows.map((each) => each.name)])).toEqual([['above', ['丁']], ['unclear', ['乙', '丙']], ['below', ['甲']]])
  })
  it('add up', () => {
    const [group] = bandsOf([row('甲', 'above', { numerator: 139.5, denominator: 142 }), row('乙', 'above', { numerator: 173, denominator: 177 })])
    expect([group!.numerator, group!.denominator]).toEqual([312.5, 319])
  })
})

describe('the sentence', () => {
  it('says how many stand out, and that the rest cannot be told apart', () =>
    expect(said([row('a', 'above'), row('b', 'above'), row('c', 'below'), row('d', 'unclear'), row('e', 'unclear')])).toBe(
      '5 类事里 2 类高于全街道，1 类低于全街道，其余 2 类分不出高下',
    ))
  it('says so where nobody stands out', () =>
    expect(said([row('a', 'unclear'), row('b', 'unclear')], 'unit')).toBe('2 个单位都分不出高下'))
  it('compares nobody with himself', () => expect(said([row('a', 'unclear')], 'unit')).toBe('只有 1 个单位有数，没有可比的'))
  it('does not count the nameless row as a community', () =>
    expect(said([row('a', 'unclear'), row('b', 'unclear'), row('', 'below', { id: null })], 'community')).toBe('2 个社区都分不出高下'))
  it('has nothing to say without data', () => expect(said([])).toBe(''))
})

describe('the sum', () => {
  it('is written out by answer', () => {
    const parts = partsOf({ yes: 104, partly: 17, no: 13 }, 'resolution')
    expect(summands(parts, String)).toBe('104 + 8.5')
    expect(parts.map((part) => part.weight)).toEqual([1, 0.5, 0])
  })
  it('knows answers that nobody gave', () => expect(partsOf({ yes: 3 }, 'satisfaction').map((part) => part.count)).toEqual([3, 0, 0, 0]))
})

describe('the axis', () => {
  it('begins at a round figure below what is worth comparing', () =>
    expect(axisFrom([row('a', 'unclear', { low: 0.768 }), row('b', 'unclear', { low: 0.9 })])).toBeCloseTo(0.75))
  it('is not pulled down by a row with two revisits', () =>
    expect(axisFrom([row('a', 'unclear', { low: 0.83 }), row('b', 'unclear', { low: 0.2, denominator: 2 })])).toBeCloseTo(0.8))
})

describe('the address', () => {
  it('comes back as it was written', () => {
    const asked = { by: 'unit', rate: 'response', period: undefined, since: '2025-05-01', until: '2025-05-30', open: 'u-1', answers: ['late'] } as const
    expect(askedOf(addressOf({ ...asked, answers: [...asked.answers] }) as never)).toEqual(asked)
  })
  it('opens exactly what a figure of the wall links to', () => {
    const asked = askedOf({ rate: 'resolution', since: '2025-05-01', until: '2025-05-30', open: '1' })
    expect(asked.open).toBe('all')
    expect(periodOf(asked, NOW)).toBe('month')
  })
  it('is this month where nothing is said', () => expect(daysOf(askedOf({}), NOW)).toEqual({ since: '2025-05-01', until: '2025-05-30' }))
  it('knows last month, thirty days and the year', () => {
    expect(spanOf('last_month', NOW)).toEqual({ since: '2025-04-01', until: '2025-04-30' })
    expect(spanOf('days', NOW)).toEqual({ since: '2025-05-01', until: '2025-05-30' })
    expect(spanOf('year', NOW)).toEqual({ since: '2025-01-01', until: '2025-05-30' })
  })
  it('takes two years at most, and no end before the beginning', () => {
    expect(validSpan({ since: '2025-05-02', until: '2025-05-01' })).toBe(false)
    expect(validSpan({ since: '2023-05-30', until: '2025-05-30' })).toBe(true)
    expect(validSpan({ since: '2022-05-30', until: '2025-05-30' })).toBe(false)
  })
})
