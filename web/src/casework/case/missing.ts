import type { Act, CaseDetail } from '@/api'

/** What the server says is still missing for an act, each as one sentence. */
export function missingWords(detail: CaseDetail, name: Act, locale: string): string[] {
  const offered = detail.acts.find((act) => act.act === name)
  return (offered?.missing ?? []).map((one) => {
    const said = locale === 'en' ? one.en : one.zh
    const need = one.need && (locale === 'en' ? one.need.en : one.need.zh)
    return need ? `${said}${locale === 'en' ? ': ' : '：'}${need}` : said
  })
}
