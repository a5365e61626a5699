import { describe, expect, it } from 'vitest'
import { change, count, percent, sum } from '@/components/numbers'
import { feedWords } from '@/cockpit/feed'
import { freePlace, placed, shade, stacked, within } from '@/cockpit/mapLayout'
import type { FeedRow } from '@/cockpit/scene'
import { staleSince, untilChange } from '@/cockpit/stale'
import { oddDay } from '@/cockpit/trend'
import { words } from './words'

const at = (time: string): number => Date.parse(`2025-05-30T${time}:00+08:00`)
const MIDNIGHT = '2025-05-31T00:00:00+08:00'

describe('what stands on the wall', () => {
  const read = { phase: 'live', failing: false, readAt: at('11:18') } as const

  it('is live while the stream stands and readings come', () => expect(staleSince(read)).toBeUndefined())
  it('is old since the stream was last whole', () =>
    expect(staleSince({ ...read, phase: 'lost', trueUntil: at('11:19') })).toBe(at('11:19')))
  it('is never newer than it says: a stream that was lost before the reading does not age it', () =>
    expect(staleSince({ ...read, phase: 'lost', trueUntil: at('11:10') })).toBe(at('11:18')))
  it('is old when readings fail although the stream stands', () => expect(staleSince({ ...read, failing: true })).toBe(at('11:18')))
  it('cannot be old where nothing is shown', () =>
    expect(staleSince({ ...read, phase: 'lost', readAt: undefined })).toBeUndefined())
})

describe('figures that change by themselves', () => {
  it('are read again just after the first clock turns', () => {
    const wait = untilChange('2025-05-30T11:30:00+08:00', MIDNIGHT, at('11:20'), 1)!
    expect(wait).toBeGreaterThan(600_000)
    expect(wait).toBeLessThan(601_000)
  })
  it('are read again at midnight, when today begins anew', () =>
    expect(untilChange(null, MIDNIGHT, at('23:59'), 1)).toBeCloseTo(60_250))
  it('follow a realm that runs faster', () => expect(untilChange('2025-05-30T11:30:00+08:00', MIDNIGHT, at('11:20'), 600)).toBeCloseTo(1_250))
  it('are not read more than four times a second', () =>
    expect(untilChange('2025-05-30T11:20:00+08:00', MIDNIGHT, at('11:20'), 600)).toBeGreaterThanOrEqual(250))
  it('wait for nothing while the realm’s clock stands', () => expect(untilChange(null, MIDNIGHT, at('11:20'), 0)).toBeUndefined())
})

describe('numbers', () => {
  it('carry thousands commas and one decimal for weights', () => {
    expect(count(1652)).toBe('1,652')
    expect(sum(283.5)).toBe('283.5')
    expect(sum(1106)).toBe('1,106')
  })
  it('say a rate with one decimal, and no data as a dash', () => {
    expect(percent(0.93254)).toBe('93.3')
    expect(percent(null)).toBe('—')
  })
  it('compare only with enough', () => {
    expect(change(312, 300)).toBe('+4%')
    expect(change(94, 100)).toBe('−6%')
    expect(change(100, 100)).toBe('0%')
    expect(change(6, 2)).toBeUndefined()
  })
})

describe('the feed', () => {
  const row: FeedRow = { position: 1, at: '', verb: 'order.signed', case: 'c', title: '', urgency: 'urgent', unit: '城管办', community: null, result: {} }
  const t = words('zh')
  it('says who did what', () => expect(feedWords(row, t)).toBe('城管办已签收，24 小时件'))
  it('says what the caller said', () => {
    expect(feedWords({ ...row, verb: 'order.revisited', result: { resolved: 'yes', satisfied: 'mostly' } }, t)).toBe('回访：已解决，基本满意')
    expect(feedWords({ ...row, verb: 'order.revisited' }, t)).toBe('回访：没有接通')
  })
})

describe('the map', () => {
  const square: [number, number][] = [[0, 0], [100, 0], [100, 100], [0, 100]]
  const frame = { width: 400, height: 300 }
  it('stacks marks that would cover each other, at the place of the first', () => {
    const stacks = stacked([{ x: 10, y: 10 }, { x: 15, y: 10 }, { x: 80, y: 80 }], 10)
    expect(stacks.map(({ x, members }) => [x, members.length])).toEqual([[10, 2], [80, 1]])
  })
  it('moves a label off a mark, but not out of its area', () => {
    const label = { id: 'a', at: { x: 50, y: 50 }, width: 30, height: 20, inside: (spot: { x: number; y: number }) => within(square, spot) }
    const free = placed([label], [], frame).get('a')!
    expect([free.x, free.y]).toEqual([50, 50])
    const moved = placed([label], [{ x: 50, y: 50, width: 10, height: 10 }], frame).get('a')!
    expect([moved.x, moved.y]).not.toEqual([50, 50])
    expect(within(square, moved)).toBe(true)
  })
  it('lets a label cover a mark rather than name the area next door', () => {
    const label = { id: 'a', at: { x: 50, y: 50 }, width: 90, height: 90, inside: (spot: { x: number; y: number }) => within(square, spot) }
    const mark = { width: 10, height: 10 }
    const place = placed([label], [{ x: 30, y: 30, ...mark }, { x: 70, y: 70, ...mark }, { x: 30, y: 70, ...mark }], frame).get('a')!
    expect(within(square, place)).toBe(true)
  })
  it('drops a road name rather than cover something', () => {
    const name = { x: 50, y: 50, width: 40, height: 10 }
    expect(freePlace([name], [], frame)).toEqual(name)
    expect(freePlace([name], [{ x: 40, y: 50, width: 20, height: 20 }], frame)).toBeUndefined()
  })
  it('shades in fifths', () => {
    expect([14, 17, 21, 26, 31].map((value) => shade(value, [14, 17, 21, 26, 31]))).toEqual([1, 1, 3, 4, 5])
    expect(shade(4, [4, 4])).toBe(3)
  })
})

describe('thirty days', () => {
  const days = (...values: number[]) => values.map((value) => ({ day: '2025-05-01', received: { value, list: '' }, closed: { value: 0, list: '' } }))
  it('name the one odd day', () => expect(oddDay(days(40, 42, 39, 41, 40, 90, 41, 40, 38, 40, 41, 12))).toBe(5))
  it('name none where all are alike, and never today', () => expect(oddDay(days(40, 42, 39, 41, 40, 41, 41, 40, 38, 90))).toBeUndefined())
})
