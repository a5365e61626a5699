/**
 * Dates and times of day, always on the street's own calendar (Asia/Shanghai, UTC+8 without summer time),
 * whatever time zone the browser is set to.
 */
import { useI18n } from 'vue-i18n'

const SHANGHAI_OFFSET = 8 * 3_600_000
const DAY = 86_400_000

export interface CivilTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  /** 0 is Sunday. */
  weekday: number
  /** Days since 1970-01-01 on the street's calendar. */
  dayNumber: number
}

export function epoch(moment: string | number): number {
  return typeof moment === 'number' ? moment : Date.parse(moment)
}

export function civil(moment: string | number): CivilTime {
  const shifted = epoch(moment) + SHANGHAI_OFFSET
  const date = new Date(shifted)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    weekday: date.getUTCDay(),
    dayNumber: Math.floor(shifted / DAY),
  }
}

/** Midnight that begins the civil day `offset` days from the one of `moment`, ISO 8601 with offset. */
export function dayStart(moment: string | number, offset = 0): string {
  return `${isoDay(moment, offset)}T00:00:00+08:00`
}

/** `2025-05-30`. */
export function isoDay(moment: string | number, offset = 0): string {
  return new Date((civil(moment).dayNumber + offset) * DAY).toISOString().slice(0, 10)
}

export function timeOfDay(moment: string | number): string {
  const { hour, minute } = civil(moment)
  return `${two(hour)}:${two(minute)}`
}

const two = (n: number): string => String(n).padStart(2, '0')
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The words for moments, in the reader's language. */
export function useWhen() {
  const { t } = useI18n()

  /** `5 月 30 日`; with the year where it is not this one. */
  function day(moment: string | number, now: string | number): string {
    const { year, month, day: date } = civil(moment)
    const parts = { year, month, day: date, name: MONTHS[month - 1] ?? '' }
    return year === civil(now).year ? t('when.day', parts) : t('when.day_year', parts)
  }

  /** `10:32` today, `昨天 10:32`, `5 月 28 日 16:20`. */
  function moment(at: string | number, now: string | number): string {
    const distance = civil(now).dayNumber - civil(at).dayNumber
    if (distance === 0) return timeOfDay(at)
    if (distance === 1) return t('when.yesterday', { time: timeOfDay(at) })
    return t('when.day_time', { day: day(at, now), time: timeOfDay(at) })
  }

  /** For a column of moments: `28 日 16:20`, and the time alone where `before` was on the same day. */
  function brief(at: string | number, now: string | number, before?: string | number): string {
    const { dayNumber, month, day: date } = civil(at)
    if (before !== undefined && civil(before).dayNumber === dayNumber) return timeOfDay(at)
    return t(month === civil(now).month ? 'when.short' : 'when.short_month', { month, day: date, name: MONTHS[month - 1] ?? '', time: timeOfDay(at) })
  }

  /** A due moment. Terms in days end at 24:00 of their last day, so midnight is said as that day's 24:00. */
  function due(at: string | number, now: string | number): string {
    const { hour, minute } = civil(at)
    const endsAtMidnight = hour === 0 && minute === 0
    const said = endsAtMidnight ? epoch(at) - 1 : epoch(at)
    const time = endsAtMidnight ? '24:00' : timeOfDay(at)
    const distance = civil(said).dayNumber - civil(now).dayNumber
    if (distance === 0) return time
    if (distance === 1) return t('when.tomorrow', { time })
    return t('when.day_time', { day: day(said, now), time })
  }

  /** `5 月 30 日 周五 11:20`. */
  function full(at: string | number): string {
    return t('when.full', { day: day(at, at), weekday: t(`when.weekday.${civil(at).weekday}`), time: timeOfDay(at) })
  }

  /** From … to before …: `5 月 30 日`, `5 月 1 日至 30 日`; with times of day where they are not midnights. */
  function span(since: string | undefined, until: string | undefined, now: number): string {
    const whole = [since, until].every((at) => at === undefined || timeOfDay(at) === '00:00')
    if (!whole) return t('when.span', { from: since ? moment(since, now) : t('when.start'), to: until ? moment(until, now) : t('when.now') })
    const first = since ? day(since, now) : t('when.start')
    // the last day counted in is the one before
    const last = until ? day(epoch(until) - 1, now) : t('when.now')
    return first === last ? first : t('when.span', { from: first, to: last })
  }

  return { day, moment, brief, due, full, span }
}
