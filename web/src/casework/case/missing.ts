/** What stands between a case and an act, in the server's own words. */
import type { Act, CaseDetail } from '@/api'

type Offer = CaseDetail['acts'][number]
type Said = { zh: string; en: string }

const inLanguage = (said: Said, locale: string): string => (locale === 'en' ? said.en : said.zh)

/** An act of the lead unit is no offer to others, whatever else it may wait for. */
export function offerOf(detail: CaseDetail, name: Act): Offer | undefined {
  return detail.acts.find((act) => act.act === name && !act.missing.some((one) => one.code === 'not_lead_unit'))
}

/** Each thing that is missing, as one sentence: what would help, else what is wrong. */
export function missingWords(detail: CaseDetail, name: Act, locale: string): string[] {
  return (offerOf(detail, name)?.missing ?? []).map((one) => inLanguage(one.need ?? one, locale))
}

/** Why a button rests, short enough to stand on it: `等市热线回访`, `答复以后才可以`. */
export function offWords(detail: CaseDetail, name: Act, locale: string): string | undefined {
  const [first] = offerOf(detail, name)?.missing ?? []
  if (!first) return undefined
  return inLanguage(first.code === 'not_in_this_state' && first.need ? first.need : first, locale)
}
