/** The chart of thirty days, in ECharts' words. Pure. */
import type { EChartsCoreOption } from 'echarts/core'
import type { Translate } from '@/components/clocks'
import { civil } from '@/app/when'
import type { Day } from './scene'

const WEEK = 7

/** The one odd day worth a word: two standard deviations above the mean of the days that are over. */
export function oddDay(days: readonly Day[]): number | undefined {
  const over = days.slice(0, -1).map((day) => day.received.value)
  if (over.length < WEEK) return undefined
  const mean = over.reduce((sum, n) => sum + n, 0) / over.length
  const deviation = Math.sqrt(over.reduce((sum, n) => sum + (n - mean) ** 2, 0) / over.length)
  const most = Math.max(...over)
  return most > mean + 2 * deviation ? over.indexOf(most) : undefined
}

export function trendOption(days: readonly Day[], rem: number, color: (token: string) => string, t: Translate): EChartsCoreOption {
  const last = days.length - 1
  const odd = oddDay(days)
  const day = (index: number): string => {
    const { month, day: date } = civil(`${days[index]!.day}T12:00:00+08:00`)
    return `${month}/${date}`
  }
  const text = { color: color('--ink-3'), fontSize: Math.max(12, 0.8 * rem), fontFamily: color('--font') }
  const bar = (value: number, index: number) => ({
    value,
    itemStyle:
      index === last
        ? { color: 'transparent', borderColor: color('--c1'), borderWidth: 0.06 * rem, borderType: 'dashed' }
        : { color: color(index === odd ? '--c1' : '--seq5') },
    label:
      index === odd
        ? { show: true, position: 'top', align: index < 5 ? 'left' : index > last - 5 ? 'right' : 'center', ...text, color: color('--ink-2'), formatter: t('wall.peak', { day: day(index), count: value }) }
        : { show: false },
  })
  return {
    animation: false,
    textStyle: { fontFamily: color('--font') },
    grid: { left: 2.1 * rem, right: 0.9 * rem, top: 1.3 * rem, bottom: 1.5 * rem },
    xAxis: {
      type: 'category',
      data: days.map((_, index) => (index === last ? t('wall.today_bar') : day(index))),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: color('--chart-axis') } },
      axisLabel: { ...text, margin: 0.4 * rem, interval: (index: number) => index === last || (index % WEEK === 0 && last - index > 3) },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 2,
      axisLine: { show: false },
      axisLabel: { ...text, margin: 0.5 * rem },
      splitLine: { lineStyle: { color: color('--chart-grid') } },
    },
    series: [
      { type: 'bar', data: days.map((each, index) => bar(each.received.value, index)), barWidth: '70%', emphasis: { disabled: true } },
      {
        type: 'line',
        data: days.map((each, index) => (index === last ? null : each.closed.value)),
        symbol: 'none',
        lineStyle: { color: color('--c5'), width: 0.1 * rem },
        emphasis: { disabled: true },
      },
    ],
  }
}
