import { describe, expect, it } from 'vitest'
import type { Clock } from '@/api'
import { clockState, clockWords, leadingClock, spanWords, usedShare } from '@/components/clocks'
import { words } from './words'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOON = Date.parse('2025-05-30T11:20:00+08:00')

function clock(parts: Partial<Clock> = {}): Clock {
  return {
    kind: 'handling',
    counterpart: 'city',
    round: 1,
    state: 'running',
    started_at: '2025-05-30T10:32:00+08:00',
    due_at: '2025-05-30T12:32:00+08:00',
    soon_at: '2025-05-30T11:02:00+08:00',
    met_at: null,
    paused_since: null,
    used_seconds: 2880,
    allowed_seconds: 7200,
    rule: 'danger_handling',
    term: { amount: 2, unit: 'hour' },
    provisional: false,
    ...parts,
  }
}

describe('a span in words', () => {
  it.each([
    [30_000, '不到 1 分'],
    [5 * MINUTE, '5 分'],
    [HOUR, '1 小时'],
    [HOUR + 12 * MINUTE, '1 小时 12 分'],
    [23 * HOUR + 59 * MINUTE, '23 小时 59 分'],
    [DAY, '1 天'],
    // minutes vanish above a day: two units at most
    [DAY + 3 * HOUR + 40 * MINUTE, '1 天 3 小时'],
    [6 * DAY + 21 * HOUR, '6 天 21 小时'],
    [10 * DAY + 12 * MINUTE, '10 天'],
  ])('%i ms', (ms, said) => expect(spanWords(ms, words('zh'))).toBe(said))

  it('is said in English too', () => expect(spanWords(HOUR + 12 * MINUTE, words('en'))).toBe('1 h 12 min'))
})

describe('a clock in words', () => {
  const zh = words('zh')

  it('counts down', () => expect(clockWords(clock(), NOON, zh)).toBe('还剩 1 小时 12 分'))
  it('counts up once overdue', () => expect(clockWords(clock(), NOON + DAY + 4 * HOUR + 30 * MINUTE, zh)).toBe('超期 1 天 3 小时'))
  it('says what was used and allowed once met', () => {
    const met = clock({ state: 'met', met_at: '2025-05-30T11:37:00+08:00', term: { amount: 24, unit: 'hour' } })
    expect(clockWords(met, NOON + DAY, zh)).toBe('1 小时 5 分完成，限 24 小时')
  })
  it('says how late it was met', () => {
    const missed = clock({ state: 'missed', met_at: '2025-05-30T14:32:00+08:00' })
    expect(clockWords(missed, NOON + DAY, zh)).toBe('超期 2 小时才完成')
  })
  it('stands still while suspended', () => {
    const paused = clock({ state: 'paused', paused_since: '2025-05-30T11:00:00+08:00' })
    expect(clockWords(paused, NOON + DAY, zh)).toBe('挂账，暂停计时')
  })
})

describe('the state of a clock, counted between two readings', () => {
  it.each([
    ['2025-05-30T10:40:00+08:00', 'running'],
    ['2025-05-30T11:02:00+08:00', 'due_soon'],
    ['2025-05-30T12:31:59+08:00', 'due_soon'],
    ['2025-05-30T12:32:00+08:00', 'overdue'], // the due moment is the first that is too late
  ])('at %s it is %s', (at, state) => expect(clockState(clock(), Date.parse(at))).toBe(state))

  it('leaves to the server what was met', () => expect(clockState(clock({ state: 'met' }), NOON + DAY)).toBe('met'))
})

describe('the ring', () => {
  it('is the share of the term used', () => expect(usedShare(clock(), NOON)).toBeCloseTo(0.4))
  it('is full when overdue', () => expect(usedShare(clock(), NOON + DAY)).toBe(1))
})

describe('the clock of a row', () => {
  it('is the open one that falls due first', () => {
    const city = clock()
    const street = clock({ counterpart: 'street', due_at: '2025-05-30T12:02:00+08:00' })
    const met = clock({ kind: 'response', state: 'met', due_at: '2025-05-30T11:00:00+08:00' })
    expect(leadingClock([met, city, street])).toBe(street)
  })
  it('is the last one once all are settled, and never one that was cancelled', () => {
    const response = clock({ kind: 'response', state: 'met', due_at: '2025-05-30T11:00:00+08:00' })
    const handling = clock({ state: 'missed' })
    expect(leadingClock([handling, response, clock({ state: 'cancelled', due_at: '2026-01-01T00:00:00+08:00' })])).toBe(handling)
  })
  it('may not be', () => expect(leadingClock([])).toBeUndefined())
})
