import { describe, expect, it } from 'vitest'
import type { CaseDetail, Clock, Evidence, TimelineEntry } from '@/api'
import { i18n } from '@/app/i18n'
import { timeOfDay } from '@/app/when'
import { axisOf, openClocks } from '@/casework/case/axis'
import { clashRows } from '@/casework/case/clash'
import { closedByRule, replyBefore, unanswered, unattached } from '@/casework/case/entries'
import { flowOf, handlingDay, lastRevisit, revisitBehindRedo } from '@/casework/case/flow'
import { missingWords, offerOf, offWords } from '@/casework/case/missing'
import { courseText, gapsIn, nextGap, openingText, type OpeningWords } from '@/casework/case/opening'
import { extended } from '@/casework/case/useWalk'
import { words } from './words'

const t = words('zh')
const te = (key: string): boolean => i18n.global.te(key, 'zh')

const clock = (part: Partial<Clock>): Clock => ({ kind: 'handling', counterpart: 'city', round: 0, state: 'running', started_at: '2025-05-23T15:20:00+08:00', due_at: '2025-06-04T00:00:00+08:00', soon_at: '2025-06-03T00:00:00+08:00', met_at: null, paused_since: null, used_seconds: 0, allowed_seconds: 1, rule: '', term: null, provisional: false, ...part })
const NOW = Date.parse('2025-05-30T11:20:00+08:00')

let count = 0
const entry = (verb: string, recorded_at: string, payload: TimelineEntry['payload'] = {}, part: Partial<TimelineEntry> = {}): TimelineEntry => ({ id: `e-${++count}`, position: count, verb, version: 1, actor: { kind: 'person', name: '城管办承办人', person: '李**', unit: null }, occurred_at: recorded_at, recorded_at, payload, undone: false, ...part })

const detail = (part: Partial<CaseDetail> = {}): CaseDetail =>
  ({ id: 'c-1', state: 'handling', redo: 0, registered_at: '2025-05-28T16:20:00+08:00', dispatched_at: '2025-05-28T16:24:00+08:00', signed_at: '2025-05-28T16:31:00+08:00', contacted_at: '2025-05-28T17:25:00+08:00', replied_at: null, closed_at: null, revisits: [], evidence: [], acts: [], category: { id: 'k', name: '大件垃圾堆放', path: '环境卫生/大件垃圾堆放' }, place: { id: 'p', name: '东三 5 号楼' }, lead_unit: { id: 'u', name: '城市管理办公室', short: '城管办' }, ...part }) as CaseDetail
const revisit = (at: string, part: Partial<CaseDetail['revisits'][number]> = {}): CaseDetail['revisits'][number] => ({ id: at, by: 'city', at, answered: true, resolved: 'no', satisfied: 'no', remark: '', ...part })

describe('the time axis of the clocks', () => {
  const city = clock({})
  const street = clock({ counterpart: 'street', due_at: '2025-05-30T15:20:00+08:00' })

  it('puts start, now and due moments in their order, with room for the last name', () => {
    const axis = axisOf([city, street], NOW)
    expect(axis.place(city.started_at)).toBe(0)
    expect(axis.now).toBeGreaterThan(0.4)
    expect(axis.place(street.due_at)).toBeGreaterThan(axis.now)
    expect(axis.place(city.due_at)).toBeCloseTo(1 / 1.2, 5)
  })
  it('names midnights of the street, whatever zone the machine is in, none of them under "now"', () => {
    const axis = axisOf([city], NOW)
    expect(axis.ticks.length).toBeGreaterThan(3)
    expect(axis.ticks.length).toBeLessThanOrEqual(9)
    for (const tick of axis.ticks) {
      expect(timeOfDay(tick.moment)).toBe('00:00')
      expect(Math.abs(tick.at - axis.now)).toBeGreaterThan(0.04)
    }
  })
  it('names hours for an order of two hours', () => {
    const axis = axisOf([clock({ started_at: '2025-05-30T10:40:00+08:00', due_at: '2025-05-30T12:40:00+08:00' })], NOW)
    expect(axis.ticks.map((tick) => timeOfDay(tick.moment))).toEqual(['11:00', '12:00', '13:00'])
  })
  it('reaches to now where all are overdue', () => {
    const axis = axisOf([clock({ due_at: '2025-05-25T00:00:00+08:00' })], NOW)
    expect(axis.now).toBeCloseTo(1 / 1.2, 5)
  })
  it('holds the open clocks only: the caller first, the city above the street', () => {
    const response = clock({ kind: 'response', counterpart: 'caller' })
    const met = clock({ met_at: '2025-05-28T17:25:00+08:00', state: 'met' })
    expect(openClocks([street, met, city, response])).toEqual([response, city, street])
    expect(openClocks([clock({ state: 'cancelled' })])).toEqual([])
  })
})

describe('the eight steps', () => {
  const at = (state: CaseDetail['state'], part: Partial<CaseDetail> = {}): string => flowOf(detail({ state, ...part })).map((step) => ({ done: 'x', at: 'o', ahead: '-' })[step.state]).join('')
  it('stand where the case stands', () => {
    expect(at('awaiting_dispatch')).toBe('xo------')
    expect(at('awaiting_signature')).toBe('xxo-----')
    expect(at('awaiting_contact')).toBe('xxxo----')
    expect(at('handling')).toBe('xxxxo---')
    expect(at('awaiting_revisit', { replied_at: '2025-05-30T11:00:00+08:00' })).toBe('xxxxxxo-')
    expect(at('closed', { replied_at: '2025-05-30T11:00:00+08:00', closed_at: '2025-05-30T12:00:00+08:00' })).toBe('xxxxxxxx')
  })
  it('take the revisit after the reply that stands, not one of an earlier round', () => {
    const early = revisit('2025-05-29T09:00:00+08:00')
    const late = revisit('2025-05-31T09:00:00+08:00', { resolved: 'yes', satisfied: 'yes' })
    const closed = detail({ state: 'closed', replied_at: '2025-05-30T11:00:00+08:00', revisits: [early, late] })
    expect(lastRevisit(closed)).toBe(late)
    expect(lastRevisit(detail({ replied_at: '2025-05-30T11:00:00+08:00', revisits: [early] }))).toBeUndefined()
    expect(flowOf(closed)[6]!.time).toBe(late.at)
  })
  it('count the days of handling from the first contact, of a redo from the revisit', () => {
    expect(handlingDay(detail(), NOW)).toBe(3)
    const again = detail({ redo: 1, revisits: [revisit('2025-05-30T09:00:00+08:00')] })
    expect(revisitBehindRedo(again)?.at).toBe('2025-05-30T09:00:00+08:00')
    expect(handlingDay(again, NOW)).toBe(1)
  })
})

describe('the beginning of a reply', () => {
  const said: OpeningWords = { t, moment: (at, before) => (before ? timeOfDay(at) : `5 月 ${at.slice(8, 10)} 日 ${timeOfDay(at)}`), day: (iso) => `${Number(iso.slice(5, 7))} 月 ${Number(iso.slice(8, 10))} 日` }
  const contact = entry('order.contacted', '2025-05-28T17:25:00+08:00', { how: 'phone', reached: true })

  it('says what is known and leaves a gap for the rest', () => {
    const text = openingText({ detail: detail(), timeline: [contact], outcome: 'fixed' }, said)
    expect(text).toContain('您好，您反映的东三 5 号楼大件垃圾堆放问题，5 月 28 日 16:31 由城市管理办公室收到，17:25 已与您电话联系。')
    expect(gapsIn(text).length).toBeGreaterThan(2)
  })
  it('never says that a caller was reached who was not, or whose contact was taken back', () => {
    const tried = entry('order.contacted', '2025-05-28T17:25:00+08:00', { how: 'phone', reached: false })
    const gone = { ...contact, undone: true }
    expect(openingText({ detail: detail(), timeline: [tried, gone], outcome: 'fixed' }, said)).not.toContain('联系')
  })
  it('speaks of the redo, not of the first round', () => {
    const reopened = entry('order.reopened', '2025-05-30T09:00:00+08:00')
    const text = openingText({ detail: detail({ redo: 1 }), timeline: [reopened, contact], outcome: 'fixed' }, said)
    expect(text).toContain('5 月 30 日 09:00 由城市管理办公室重新办理。')
  })
  it('has a wording for every outcome, and puts the promised date into that of a plan', () => {
    for (const outcome of ['fixed_on_the_spot', 'made_safe', 'fixed', 'dated_plan', 'handed_over', 'lawfully_cannot', 'not_found', 'withdrawn'] as const) {
      const text = openingText({ detail: detail(), timeline: [], outcome }, said)
      expect(text).not.toContain('reply.opening')
      expect(gapsIn(text).length).toBeGreaterThan(0)
    }
    expect(openingText({ detail: detail(), timeline: [], outcome: 'dated_plan', promised: '2025-06-10' }, said)).toContain('6 月 10 日前')
  })
  it('marks only its own gaps: brackets of a signature stay text', () => {
    expect(gapsIn('【和义街道】您好')).toEqual([])
    const text = 'a【待填：谁】b【待填】c'
    expect(gapsIn(text).map(({ start, end }) => text.slice(start, end))).toEqual(['【待填：谁】', '【待填】'])
    expect(nextGap(text, 5)!.start).toBe(8)
    expect(nextGap(text, 99)!.start).toBe(1)
  })
  it('tells the course of this round, oldest first, without what was taken back', () => {
    const timeline = [
      entry('order.progressed', '2025-05-30T09:36:00+08:00', { text: '复查，地面已冲洗。' }),
      entry('order.progressed', '2025-05-30T08:10:00+08:00', { text: '清运约 3 立方米' }),
      entry('order.progressed', '2025-05-30T08:00:00+08:00', { text: '写错了' }, { undone: true }),
      entry('order.reopened', '2025-05-29T09:00:00+08:00'),
      entry('order.progressed', '2025-05-28T18:00:00+08:00', { text: '上一轮' }),
    ]
    expect(courseText(timeline, said)).toBe('5 月 30 日 08:10，清运约 3 立方米。09:36，复查，地面已冲洗。')
  })
})

describe('what the journal says of files and replies', () => {
  const file = (id: string): Evidence => ({ id, name: id, kind: 'after', media_type: 'image/jpeg', size: 1, sha256: '', at: '', url: '', thumb_url: null })
  const files = [file('a'), file('b'), file('c')]
  const timeline = [entry('order.replied', '2025-05-30T10:00:00+08:00', { evidence: ['c'] }, { undone: true }), entry('order.progressed', '2025-05-29T10:00:00+08:00', { evidence: ['a'] }), entry('order.replied', '2025-05-28T10:00:00+08:00', { evidence: ['b'], text: '上次', outcome: 'fixed' })]

  it('an entry takes along what no other carries; a reply what no reply carries', () => {
    expect(unattached(files, timeline).map(({ id }) => id)).toEqual(['c'])
    expect(unanswered(files, timeline).map(({ id }) => id)).toEqual(['a', 'c'])
  })
  it('the reply before is the one the redo found wanting', () => {
    expect(replyBefore(timeline)).toBeUndefined()
    const again = [timeline[0]!, timeline[1]!, entry('order.reopened', '2025-05-28T12:00:00+08:00'), timeline[2]!]
    expect(replyBefore(again)).toMatchObject({ text: '上次', outcome: 'fixed' })
  })
  it('a rule is no person', () => {
    const byRule = { kind: 'rule', name: '', person: null, unit: null }
    expect(closedByRule([entry('order.closed', '2025-05-30T12:00:00+08:00', {}, { actor: byRule })])).toBe(true)
    expect(closedByRule([entry('order.closed', '2025-05-30T12:00:00+08:00')])).toBe(false)
  })
})

describe('a conflict', () => {
  const said = { t, te, day: (iso: string) => iso }
  it('puts theirs beside mine and marks what differs', () => {
    const since = [entry('order.replied', '2025-05-30T11:19:00+08:00', { outcome: 'fixed', text: '已修好' })]
    const rows = clashRows({ act: 'reply', body: { outcome: 'dated_plan', text: '下周修好', evidence: [], promised_on: '2025-06-10' } }, since, said)
    expect(rows.map(({ name, theirs, mine, differs }) => [name, theirs, mine, differs])).toEqual([
      ['act', '答复了', '答复来电人', false],
      ['outcome', '已解决', '有日期的计划', true],
      ['date', '—', '2025-06-10', true],
      ['said', '已修好', '下周修好', true],
    ])
  })
  it('leaves out what neither wrote', () => {
    const rows = clashRows({ act: 'progress', body: { text: '清运', evidence: [] } }, [entry('evidence.added', '2025-05-30T11:19:00+08:00')], said)
    expect(rows.map(({ name }) => name)).toEqual(['act', 'said'])
  })
})

describe('what is missing for an act', () => {
  const need = { code: 'n', zh: '答复以后才可以', en: 'Possible once it is answered' }
  const acts = [
    { act: 'close', allowed: false, missing: [{ code: 'not_in_this_state', zh: '现在这一步还做不了', en: 'Not possible at this stage', need }] },
    { act: 'reply', allowed: false, missing: [{ code: 'evidence_missing', zh: '还差照片或文件', en: 'A file is missing', need: { code: 'n', zh: '这一类要有办后照片', en: 'Needs a photo after' } }] },
  ]
  it('is said as what would help', () => expect(missingWords(detail({ acts }), 'reply', 'zh')).toEqual(['这一类要有办后照片']))
  it('stands on the button in few words', () => {
    expect(offWords(detail({ acts }), 'close', 'zh')).toBe('答复以后才可以')
    expect(offWords(detail({ acts }), 'reply', 'en')).toBe('A file is missing')
    expect(offWords(detail({ acts }), 'sign', 'zh')).toBeUndefined()
  })
  it('is not said to a post of another unit: the act is not its own', () => {
    const foreign = { code: 'not_lead_unit', zh: '不是本单位主办', en: 'Another unit leads', need }
    const others = acts.map((act) => ({ ...act, missing: [foreign, ...act.missing] }))
    expect(offerOf(detail({ acts: others }), 'reply')).toBeUndefined()
    expect(missingWords(detail({ acts: others }), 'reply', 'zh')).toEqual([])
  })
})

describe('walking a list', () => {
  it('keeps the order one entered with; what came later is appended', () => {
    expect(extended([], ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'])
    expect(extended(['a', 'b', 'c'], ['c', 'd', 'a'])).toEqual(['a', 'b', 'c', 'd'])
  })
})
