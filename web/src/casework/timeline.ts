/** Journal entries of a case in the words of the street. A verb without words of its own shows its name. */
import type { CaseDetail, TimelineEntry } from '@/api'
import type { Translate } from '@/components/clocks'
import type { TimeLineItem } from '@/components/TimeLine.vue'

export interface TimelineWords {
  t: Translate
  /** Is there such a key in the catalogue? */
  te(key: string): boolean
  moment(at: string): string
  /** Names of the units and categories that payloads point to. */
  names: Readonly<Record<string, string>>
}

const KEY_VERBS = new Set(['order.received', 'order.dispatched', 'order.signed', 'order.contacted', 'order.replied', 'order.closed'])
const WARNING_VERBS = new Set(['order.reopened'])

function text(payload: TimelineEntry['payload'], name: string): string | undefined {
  const value = payload[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `值班员 王**`, `市热线`, `规则`. */
export function actorWords({ actor }: TimelineEntry, t: Translate): string {
  if (actor.kind === 'person') return [actor.name, actor.person].filter(Boolean).join(' ')
  return t(`actor.${actor.kind}`)
}

export function timelineItem(entry: TimelineEntry, detail: CaseDetail | undefined, words: TimelineWords): TimeLineItem {
  const { t, te } = words
  const { payload, verb } = entry
  const unit = text(payload, 'unit')
  const category = text(payload, 'category')
  const params = {
    actor: actorWords(entry, t),
    unit: (unit && words.names[unit]) ?? '',
    category: (category && words.names[category]) ?? '',
    source: detail?.source.name ?? t('actor.upstream'),
    reference: detail?.reference ?? '',
    ...choices(payload, words),
  }
  const key = verb.replaceAll('.', '_')
  const line = payload.reached === false ? `verb.${key}_not_reached` : `verb.${key}`
  return {
    id: entry.id,
    at: entry.recorded_at,
    time: words.moment(entry.recorded_at),
    words: te(line) ? t(line, params) : verb,
    note: note(entry, params.actor, words),
    tone: WARNING_VERBS.has(verb) ? 'warn' : KEY_VERBS.has(verb) ? 'key' : undefined,
    undone: entry.undone,
  }
}

/** The chosen words of a payload (`how`, `outcome`, `resolved` …), said by the catalogue. */
function choices(payload: TimelineEntry['payload'], { t, te }: TimelineWords): Record<string, string> {
  const said: Record<string, string> = {}
  for (const [name, group] of [
    ['how', 'contact_way'],
    ['outcome', 'outcome'],
    ['by', 'revisit_by'],
    ['resolved', 'resolved'],
    ['satisfied', 'satisfied'],
    ['field', 'hidden'],
  ] as const) {
    const value = text(payload, name)
    said[name] = value && te(`${group}.${value}`) ? t(`${group}.${value}`) : ''
  }
  if (payload.answered === false) said.resolved = t('resolved.unanswered')
  return said
}

function note({ verb, payload, actor }: TimelineEntry, who: string, { t }: TimelineWords): string | undefined {
  const parts: string[] = []
  const said = text(payload, 'summary') ?? text(payload, 'text') ?? text(payload, 'note') ?? text(payload, 'remark') ?? text(payload, 'reason')
  if (said) parts.push(said)
  if (payload.accepts_proposal === true) parts.push(t('verb.by_proposal'))
  if (actor.kind === 'person' && verb !== 'order.opened' && verb !== 'personal.revealed') parts.push(who)
  return parts.length > 0 ? parts.join('　') : undefined
}
