/**
 * The beginning of a reply, written from what is known: what it was about, when it came, when the caller was
 * reached; then the paragraph of the chosen outcome, with a marked gap wherever only a person knows. Pure.
 */
import type { CaseDetail, Outcome, TimelineEntry } from '@/api'
import type { Translate } from '@/components/clocks'
import { civil } from '@/app/when'

/** `【待填：哪天、谁】`; nothing goes out while one is left. */
const GAP = /\u3010\u5f85\u586b[^\u3010\u3011]*\u3011/g

export interface Gap {
  start: number
  end: number
}

export function gapsIn(text: string): Gap[] {
  return [...text.matchAll(GAP)].map((match) => ({ start: match.index, end: match.index + match[0].length }))
}

/** The gap after a position in the text, else the first. */
export function nextGap(text: string, after: number): Gap | undefined {
  const gaps = gapsIn(text)
  return gaps.find((gap) => gap.start >= after) ?? gaps[0]
}

export interface OpeningFacts {
  detail: CaseDetail
  timeline: readonly TimelineEntry[]
  outcome: Outcome
  /** ISO date, where one was promised. */
  promised?: string
}

export interface OpeningWords {
  t: Translate
  /** `5 月 28 日 16:31`; only the time where the day was just named. */
  moment(at: string, dayBefore?: string): string
  day(date: string): string
}

export function openingText({ detail, timeline, outcome, promised }: OpeningFacts, { t, moment, day }: OpeningWords): string {
  const matter = detail.category
    ? t('reply.opening.matter', { place: detail.place?.name ?? detail.grid?.name ?? '', category: detail.category.name })
    : t('reply.opening.matter_plain')
  const unit = detail.lead_unit?.name ?? ''
  const reopened = timeline.find((entry) => entry.verb === 'order.reopened')?.recorded_at
  const begun = reopened ?? detail.signed_at ?? detail.registered_at
  const contact = lastReached(timeline, reopened)
  const first =
    t(`reply.opening.${reopened ? 'reopened' : 'received'}`, { matter, at: moment(begun), unit }) +
    (contact
      ? t('reply.opening.contacted', {
          at: moment(contact.at, sameDay(contact.at, begun) ? begun : undefined),
          how: t(`reply.opening.way.${contact.how}`),
        })
      : '') +
    t('reply.opening.stop')
  const date = promised ? day(promised) : t('reply.opening.date_gap')
  return `${first}\n${t(`reply.opening.${outcome}`, { date })}`
}

function sameDay(a: string, b: string): boolean {
  return civil(a).dayNumber === civil(b).dayNumber
}

/** The last time the caller was reached in this round. Entries come newest first. */
function lastReached(timeline: readonly TimelineEntry[], since: string | undefined): { at: string; how: string } | undefined {
  const entry = timeline.find(
    (one) =>
      one.verb === 'order.contacted' && !one.undone && one.payload.reached === true && (since === undefined || one.recorded_at > since),
  )
  return entry && { at: entry.recorded_at, how: String(entry.payload.how) }
}

/** What was done in this round, as sentences to put into a reply, oldest first. */
export function courseText(timeline: readonly TimelineEntry[], { t, moment }: Pick<OpeningWords, 't' | 'moment'>): string {
  const until = timeline.findIndex((entry) => entry.verb === 'order.reopened')
  const round = (until < 0 ? [...timeline] : timeline.slice(0, until)).reverse()
  let before: string | undefined
  return round
    .filter((entry) => entry.verb === 'order.progressed' && !entry.undone)
    .map((entry) => {
      const at = moment(entry.recorded_at, before !== undefined && sameDay(before, entry.recorded_at) ? before : undefined)
      before = entry.recorded_at
      return t('reply.opening.course', { at, what: ended(String(entry.payload.text ?? '')) })
    })
    .join('')
}

function ended(text: string): string {
  const said = text.trim()
  return /[\u3002\uff01\uff1f.!?]$/.test(said) ? said : `${said}\u3002`
}
