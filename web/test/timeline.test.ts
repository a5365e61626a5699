import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CaseDetail, TimelineEntry } from '@/api'
import { i18n } from '@/app/i18n'
import { filesOf, gathered, timelineItem, type TimelineWords } from '@/casework/timeline'
import { words } from './words'

const said = (locale: 'zh' | 'en'): TimelineWords => ({ t: words(locale), te: (key) => i18n.global.te(key, locale), moment: () => '11:20', due: () => '6 月 10 日 24:00', names: { u: '城市管理办公室', v: '平安建设办公室', k: '大件垃圾', p: '王**' } })
const detail = { source: { name: '12345 热线' }, reference: '1250****0617' } as CaseDetail
let count = 0
const entry = (verb: string, payload: TimelineEntry['payload'] = {}, part: Partial<TimelineEntry> = {}): TimelineEntry => ({ id: `e-${++count}`, position: null, verb, version: 1, actor: { kind: 'person', name: '城管办承办人', person: '李**', unit: null }, occurred_at: '2025-05-30T11:20:00+08:00', recorded_at: '2025-05-30T11:20:00+08:00', payload, undone: false, ...part })
const one = (verb: string, payload?: TimelineEntry['payload'], part?: Partial<TimelineEntry>, of = detail) => timelineItem(gathered([entry(verb, payload, part)])[0]!, of, said('zh'))

/** Of files and of working copies, never of one case. */
const OF_NO_CASE = ['orders.imported', 'retention.applied']
const verbs = [...new Set(readdirSync(join(import.meta.dirname, '../../docs/verbs')).map((file) => file.replace(/\.v\d+\.json$/, '')))].filter((verb) => !OF_NO_CASE.includes(verb))

describe('the course of a case', () => {
  it.each(verbs)('has words for %s in both languages', (verb) => {
    const key = `verb.${verb.replaceAll('.', '_')}`
    for (const locale of ['zh', 'en'] as const) expect(i18n.global.te(key, locale), `${locale} ${key}`).toBe(true)
  })
  it('says who, masked, with his post', () => expect(one('order.signed', { unit: 'u' })).toMatchObject({ words: '城市管理办公室签收', note: '城管办承办人 李**' }))
  it('keeps what was taken back, and says so', () => expect(one('order.replied', { outcome: 'fixed', text: '已修好' }, { undone: true })).toMatchObject({ undone: true, said: '已修好', note: '已撤回　城管办承办人 李**' }))
  it('says how a dispatch was classed', () => expect(one('order.dispatched', { unit: 'u', category: 'k', urgency: 'normal', accepts_proposal: true, note: '请优先' }).said).toBe('大件垃圾　7 日件　按建议派单　请优先'))
  it('tells a vain try from a word with the caller', () => {
    expect(one('order.contacted', { how: 'phone', reached: true, summary: '告知两天内清走' })).toMatchObject({ words: '联系上来电人，电话', said: '告知两天内清走' })
    expect(one('order.contacted', { how: 'phone', reached: false }).words).toBe('没有联系上来电人，电话')
  })
  it('names the rule where no person did it', () => expect(one('order.closed', {}, { actor: { kind: 'rule', name: '', person: null, unit: null } }).note).toBe('规则'))
  it('leaves out a number that there is not', () => {
    expect(one('order.received').words).toBe('12345 热线转来，来源编号 1250****0617')
    expect(one('order.received', {}, {}, { ...detail, reference: '' }).words).toBe('12345 热线转来')
  })
  it('says a new deadline', () => expect(one('order.due_changed', { due_at: '2025-06-11T00:00:00+08:00' }).words).toBe('期限改到 6 月 10 日 24:00'))

  it('says who is not to see it, and that nobody is named any more', () => {
    expect(one('order.complaint_against_stated', { units: ['u', 'v'] }).words).toBe('写明被投诉单位：城市管理办公室、平安建设办公室')
    expect(one('order.complaint_against_stated', { units: [] }).words).toBe('撤下被投诉单位')
    expect(one('order.conflict_stated', { persons: ['p'] }).words).toBe('写明回避：王**')
    expect(one('order.conflict_stated', { persons: [] }).words).toBe('撤下回避人员')
  })

  it('puts three photos added in one go into one line', () => {
    const at = (minute: number) => ({ recorded_at: `2025-05-30T11:${String(minute).padStart(2, '0')}:00+08:00` })
    const photos = [entry('evidence.added', { kind: 'after', file: 'c' }, at(22)), entry('evidence.added', { kind: 'after', file: 'b' }, at(21)), entry('evidence.added', { kind: 'before', file: 'a' }, at(20)), entry('evidence.added', { kind: 'before', file: 'z' }, at(1))]
    const groups = gathered(photos)
    expect(groups.map((group) => group.entries.length)).toEqual([2, 1, 1])
    expect(timelineItem(groups[0]!, detail, said('zh')).words).toBe('加办后照片 2 张')
    expect(filesOf(groups[0]!)).toEqual(['c', 'b'])
  })
  it('says in one line what was looked at in one go', () => {
    const looks = ['caller_phone', 'caller_name'].map((field) => entry('personal.revealed', { field, reason: '约现场' }))
    const item = timelineItem(gathered(looks)[0]!, detail, said('zh'))
    expect(item.words).toBe('城管办承办人 李** 查看了来电人姓名、来电号码')
    expect(item.said).toBe('约现场')
  })
})
