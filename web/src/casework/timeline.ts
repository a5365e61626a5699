/** Journal entries of a case in the words of the street. A verb without words of its own shows its name. */
import type { CaseDetail, TimelineEntry } from '@/api'
import type { Translate } from '@/components/clocks'
import type { TimeLineItem } from '@/components/TimeLine.vue'

export interface TimelineWords {
  t: Translate
  /** Is there such a key in the catalogue? */
  te(key: string): boolean
  moment(at: string): string
  /** A due moment; days end at 24:00. */
  due(at: string): string
  /** Names of the units and categories that payloads point to. */
  names: Readonly<Record<string, string>>
}

/** Entries that say one thing: three photos one after the other, three masked fields looked at in one go. */
export interface Gathered {
  /** The newest of them. */
  entry: TimelineEntry
  entries: TimelineEntry[]
}

const KEY_VERBS = new Set(['order.received', 'order.dispatched', 'order.signed', 'order.contacted', 'order.replied', 'order.closed'])
/** Who is not to see it: stated anew each time, so that naming nobody lifts it. */
const STATEMENTS = new Set(['order.complaint_against_stated', 'order.conflict_stated'])
const WARNING_VERBS = new Set(['order.reopened'])
/** Several in a row by one person are one line; the value names what of the payload must be alike. */
const GATHERED: Readonly<Record<string, string>> = { 'evidence.added': 'kind', 'personal.revealed': 'reason' }
const TOGETHER = 10 * 60_000

/** Puts together what belongs together, newest first as it comes. */
export function gathered(entries: readonly TimelineEntry[]): Gathered[] {
  const groups: Gathered[] = []
  for (const entry of entries) {
    const group = groups.at(-1)
    const alike = GATHERED[entry.verb]
    if (
      group &&
      alike &&
      group.entry.verb === entry.verb &&
      group.entry.payload[alike] === entry.payload[alike] &&
      group.entry.actor.person === entry.actor.person &&
      group.entry.actor.name === entry.actor.name &&
      Date.parse(group.entries.at(-1)!.recorded_at) - Date.parse(entry.recorded_at) < TOGETHER
    ) {
      group.entries.push(entry)
    } else groups.push({ entry, entries: [entry] })
  }
  return groups
}

function text(payload: TimelineEntry['payload'], name: string): string | undefined {
  const value = payload[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `值班员 王**`, `市热线`, `规则`. */
export function actorWords({ actor }: TimelineEntry, t: Translate): string {
  if (actor.kind === 'person') return [actor.name, actor.person].filter(Boolean).join(' ')
  return t(`actor.${actor.kind}`)
}

/** The files an item shows: those an entry carries, or those that were added. */
export function filesOf({ entries }: Gathered): string[] {
  return entries.flatMap(({ payload }) => {
    const { evidence, file } = payload
    const ids: unknown[] = Array.isArray(evidence) ? evidence : [file]
    return ids.filter((id): id is string => typeof id === 'string')
  })
}

export function timelineItem(group: Gathered, detail: CaseDetail | undefined, words: TimelineWords): TimeLineItem {
  const { t, te } = words
  const { entry, entries } = group
  const { payload, verb } = entry
  const unit = text(payload, 'unit')
  const category = text(payload, 'category')
  const due = text(payload, 'due_at')
  const params = {
    actor: actorWords(entry, t),
    unit: (unit && words.names[unit]) ?? '',
    category: (category && words.names[category]) ?? '',
    source: detail?.source.name ?? t('actor.upstream'),
    reference: detail?.reference ?? '',
    due: due ? words.due(due) : '',
    who: namesOf(payload, words),
    ...choices(payload, words),
    field: fieldsOf(entries, words),
    files: filesWords(entries, words),
  }
  const key = verb.replaceAll('.', '_')
  const line = `verb.${key}${variant(entry, params)}`
  return {
    id: entry.id,
    at: entry.recorded_at,
    time: words.moment(entry.recorded_at),
    words: te(line) ? t(line, params) : verb,
    said: said(entry, params.category, words),
    note: note(entry, params.actor, words),
    tone: WARNING_VERBS.has(verb) ? 'warn' : KEY_VERBS.has(verb) ? 'key' : undefined,
    undone: entry.undone,
  }
}

/** The same verb said otherwise: nobody reached, no number, nobody named. */
function variant({ verb, payload }: TimelineEntry, { reference, who }: { reference: string; who: string }): string {
  if (payload.reached === false) return '_not_reached'
  if (verb === 'order.received' && reference === '') return '_unnumbered'
  return STATEMENTS.has(verb) && who === '' ? '_none' : ''
}

/** The units or persons that a statement names, all of them. */
function namesOf({ units, persons }: TimelineEntry['payload'], { t, names }: TimelineWords): string {
  const ids: unknown = units ?? persons
  if (!Array.isArray(ids)) return ''
  return ids.map((id) => names[String(id)] ?? '').filter(Boolean).join(t('filters.and'))
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
  ] as const) {
    const value = text(payload, name)
    said[name] = value && te(`${group}.${value}`) ? t(`${group}.${value}`) : ''
  }
  said.result = payload.answered === false ? t('resolved.unanswered') : [said.resolved, said.satisfied].filter(Boolean).join(t('comma'))
  return said
}

function fieldsOf(entries: readonly TimelineEntry[], { t, te }: TimelineWords): string {
  const fields = [...new Set(entries.map(({ payload }) => text(payload, 'field')))].reverse()
  return fields.map((field) => (field && te(`hidden.${field}`) ? t(`hidden.${field}`) : '')).filter(Boolean).join(t('filters.and'))
}

function filesWords(entries: readonly TimelineEntry[], { t, te }: TimelineWords): string {
  const key = `evidence.added_files.${text(entries[0]!.payload, 'kind') ?? ''}`
  return te(key) ? t(key, { count: entries.length }) : ''
}

/** What somebody wrote with the act, and for a dispatch how it was classed. */
function said({ verb, payload }: TimelineEntry, category: string, { t, te }: TimelineWords): string | undefined {
  const written = ['summary', 'text', 'note', 'remark', 'reason'].map((name) => text(payload, name)).find(Boolean)
  const urgency = text(payload, 'urgency')
  const classed = verb === 'order.dispatched' ? [category, urgency && te(`urgency.name.${urgency}`) ? t(`urgency.name.${urgency}`) : ''] : []
  const parts = [...classed, payload.accepts_proposal === true ? t('verb.by_proposal') : '', written].filter(Boolean)
  return parts.length > 0 ? parts.join('\u3000') : undefined
}

function note({ verb, actor, undone }: TimelineEntry, who: string, { t }: TimelineWords): string | undefined {
  const named = actor.kind === 'person' ? verb !== 'order.opened' && verb !== 'personal.revealed' : actor.kind === 'rule'
  const parts = [undone ? t('verb.taken_back') : '', named ? who : ''].filter(Boolean)
  return parts.length > 0 ? parts.join('\u3000') : undefined
}
