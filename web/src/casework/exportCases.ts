/** Chosen rows as a table file. Only what the list shows: masked, and marked where the data are furnished. */
import type { CaseRow } from '@/api'
import { session } from '@/app/session'
import { isoDay } from '@/app/when'
import { clockWords, leadingClock, type Translate } from '@/components/clocks'

export interface ExportWords {
  t: Translate
  moment(at: string): string
  now: number
}

/** One cell of a CSV line. A leading `=`, `+`, `-`, `@` would be run as a formula by spreadsheets. */
export function cell(value: string): string {
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

export function caseTable(rows: readonly CaseRow[], { t, moment, now }: ExportWords, furnished: boolean): string {
  const head = ['number', 'title', 'state', 'urgency', 'clock', 'unit', 'area', 'category', 'channel', 'kind', 'received']
  const lines = rows.map((row) => {
    const clock = leadingClock(row.clocks)
    return [
      row.number,
      row.title,
      t(`state.${row.state}`),
      t(`urgency.tag.${row.urgency}`),
      clock ? clockWords(clock, now, t) : '',
      row.lead_unit?.name ?? '',
      row.area?.name ?? '',
      row.category?.path ?? '',
      t(`channel.${row.channel}`),
      t(`kind.${row.kind}`),
      moment(row.received_at),
    ]
  })
  const table = [head.map((key) => t(`column.${key}`)), ...lines]
  if (furnished) table.unshift([t('furnished')])
  return table.map((line) => line.map(cell).join(',')).join('\r\n')
}

export function exportCases(rows: readonly CaseRow[], words: ExportWords): void {
  const furnished = session.me.value?.realm.furnished ?? false
  // the byte order mark tells office programs that it is UTF-8
  const file = new Blob(['\uFEFF', caseTable(rows, words, furnished)], { type: 'text/csv;charset=utf-8' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = `${[words.t('cases.title'), isoDay(words.now), furnished && words.t('furnished')].filter(Boolean).join('-')}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
