import { mount } from '@vue/test-utils'
import { defineComponent } from 'vue'
import { describe, expect, it } from 'vitest'
import { i18n, setLocale } from '@/app/i18n'
import { dayStart, isoDay, timeOfDay, useWhen } from '@/app/when'

const NOW = '2025-05-30T11:20:00+08:00'

function when(): ReturnType<typeof useWhen> {
  let made: ReturnType<typeof useWhen> | undefined
  mount(defineComponent({ setup: () => ((made = useWhen()), () => null) }), { global: { plugins: [i18n] } })
  return made!
}

describe('moments on the street’s calendar', () => {
  it('are Shanghai’s, whatever the offset they come with', () => {
    expect(timeOfDay('2025-05-30T02:32:00Z')).toBe('10:32')
    expect(isoDay('2025-05-29T16:30:00Z')).toBe('2025-05-30')
    expect(dayStart('2025-05-30T11:20:00+08:00', 1)).toBe('2025-05-31T00:00:00+08:00')
  })

  it('are said as a person would', () => {
    const { moment, due, full } = when()
    expect(moment('2025-05-30T10:32:00+08:00', NOW)).toBe('10:32')
    expect(moment('2025-05-29T09:12:00+08:00', NOW)).toBe('昨天 09:12')
    expect(moment('2025-05-12T16:20:00+08:00', NOW)).toBe('5 月 12 日 16:20')
    expect(moment('2024-12-31T16:20:00+08:00', NOW)).toBe('2024 年 12 月 31 日 16:20')
    expect(due('2025-05-30T12:32:00+08:00', NOW)).toBe('12:32')
    expect(full(NOW)).toBe('5 月 30 日 周五 11:20')
  })

  it('end a term in days at 24:00 of its last day, not at 00:00 of the next', () => {
    const { due } = when()
    expect(due('2025-06-10T00:00:00+08:00', NOW)).toBe('6 月 9 日 24:00')
    expect(due('2025-05-31T00:00:00+08:00', NOW)).toBe('24:00')
    expect(due('2025-06-01T00:00:00+08:00', NOW)).toBe('明天 24:00')
  })

  it('are said in English', () => {
    setLocale('en')
    expect(when().due('2025-06-10T00:00:00+08:00', NOW)).toBe('Jun 9 24:00')
    setLocale('zh')
  })

  it('say a span of whole days by its days, and one of hours by its moments', () => {
    const { span } = when()
    const now = Date.parse(NOW)
    expect(span('2025-05-30T00:00:00+08:00', '2025-05-31T00:00:00+08:00', now)).toBe('5 月 30 日')
    expect(span('2025-05-01T00:00:00+08:00', '2025-05-31T00:00:00+08:00', now)).toBe('5 月 1 日 至 5 月 30 日')
    expect(span('2025-05-23T00:00:00+08:00', '2025-05-23T11:20:00+08:00', now)).toBe('5 月 23 日 00:00 至 5 月 23 日 11:20')
  })
})
