/** What two wrote at the same time, row by row. Pure. */
import type { CloseBody, ContactBody, ProgressBody, ReplyBody, TimelineEntry } from '@/api'
import type { Translate } from '@/components/clocks'

/** What was sent when it turned out that the case had changed. */
export type Attempt =
  | { act: 'reply'; body: ReplyBody }
  | { act: 'contact'; body: ContactBody }
  | { act: 'progress'; body: ProgressBody }
  | { act: 'close'; body: CloseBody }

export interface ClashRow {
  name: 'act' | 'outcome' | 'date' | 'said'
  theirs: string
  mine: string
  differs: boolean
}

export interface ClashWords {
  t: Translate
  te(key: string): boolean
  /** `6 月 10 日` of an ISO date. */
  day(iso: string): string
}

const NONE = '\u2014'

/** `since`: what others did meanwhile, newest first. */
export function clashRows(attempt: Attempt, since: readonly TimelineEntry[], { t, te, day }: ClashWords): ClashRow[] {
  const of = (name: string): string => {
    const value = since.find((entry) => typeof entry.payload[name] === 'string' && entry.payload[name] !== '')?.payload[name]
    return typeof value === 'string' ? value : ''
  }
  const body = attempt.body as Partial<ReplyBody & ContactBody & CloseBody>
  const outcome = (value: string | undefined): string => (value && te(`outcome.${value}`) ? t(`outcome.${value}`) : '')
  const date = (value: string | null | undefined): string => (value ? day(value) : '')
  const done = since.map(({ verb }) => {
    const key = `did.${verb.replaceAll('.', '_')}`
    return te(key) ? t(key) : verb
  })
  const rows: [ClashRow['name'], string, string][] = [
    ['act', done.join('\uff1b'), t(`clash.act.${attempt.act}`)],
    ['outcome', outcome(of('outcome')), outcome(body.outcome)],
    ['date', date(of('promised_on')), date(body.promised_on)],
    ['said', of('text') || of('summary') || of('note'), body.text ?? body.summary ?? body.note ?? ''],
  ]
  return rows
    .filter(([name, theirs, mine]) => name === 'act' || theirs !== '' || mine !== '')
    .map(([name, theirs, mine]) => ({ name, theirs: theirs || NONE, mine: mine || NONE, differs: name !== 'act' && theirs !== mine }))
}
