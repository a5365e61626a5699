/** Numbers as figures write them: thousands comma, one decimal for rates, weights as they are. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const weighted = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

export function count(value: number): string {
  return whole.format(value)
}
/** A weighted sum: 283.5, but 1,106. */
export function sum(value: number): string {
  return weighted.format(value)
}
/** `93.3` of 0.933; a dash where nothing was counted. */
export function percent(rate: number | null): string {
  return rate === null ? '—' : (rate * 100).toFixed(1)
}
/** `+18%` against what was; nothing where there is too little to compare with. */
export function change(now: number, before: number): string | undefined {
  if (before < 10) return undefined
  const by = Math.round(((now - before) / before) * 100)
  return `${by > 0 ? '+' : by < 0 ? '−' : ''}${Math.abs(by)}%`
}
