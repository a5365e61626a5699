import { describe, expect, it } from 'vitest'
import type { CaseRow } from '@/api'
import { caseTable, cell } from '@/casework/exportCases'
import { marked } from '@/casework/marked'
import { words } from './words'

const row = {
  number: 'HY-20250530-0026',
  title: '=HYPERLINK("http://x")',
  state: 'awaiting_dispatch',
  urgency: 'danger',
  clocks: [],
  lead_unit: null,
  area: { id: 'a', name: '和义东里第三社区', short: '东三' },
  category: null,
  channel: 'hotline',
  kind: 'complaint',
  received_at: '2025-05-30T10:32:00+08:00',
} as unknown as CaseRow

describe('a table taken along', () => {
  it('runs nothing in the program that opens it', () => {
    expect(cell('=1+1')).toBe("'=1+1")
    expect(cell('@x')).toBe("'@x")
    expect(cell('一行\n两行')).toBe('"一行\n两行"')
    expect(cell('说“好”,走')).toBe('"说“好”,走"')
  })
  it('says that its data are furnished', () => {
    const wordsOf = { t: words('zh'), moment: () => '10:32', now: 0 }
    const [mark, head, line] = caseTable([row], wordsOf, true).split('\r\n')
    expect(mark).toBe('演示数据')
    expect(head).toContain('编号,事项,进度')
    expect(line).toContain(`"'=HYPERLINK(""http://x"")"`)
    expect(caseTable([row], wordsOf, false)).not.toContain('演示数据')
  })
})

describe('cited words in a text', () => {
  it('are marked as pieces of text, never as markup', () => {
    expect(marked('<b>消防通道</b>被堵', ['消防通道', '(']).map((piece) => [piece.words, piece.strong])).toEqual([
      ['<b>', false],
      ['消防通道', true],
      ['</b>被堵', false],
    ])
  })
  it('take the longest first', () => {
    expect(marked('消防通道占用', ['消防', '消防通道']).filter((piece) => piece.strong)).toEqual([{ words: '消防通道', strong: true }])
  })
})
