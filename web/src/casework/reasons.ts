/** Why the catalogue proposes a unit, said so that the facts stand out: `目录第 12 版：**消防通道占用** 由它牵头`. */
import type { Proposal, Reason } from '@/api'
import type { Translate } from '@/components/clocks'

export interface Said {
  words: string
  strong: boolean
}

export function reasonWords(reason: Reason, t: Translate, te: (key: string) => boolean): Said[] {
  const key = `reason.${reason.code}`
  const params: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(reason.params)) {
    params[name] = Array.isArray(value) ? value.join(t('filters.and')) : value
  }
  return emphasised(te(key) ? t(key, params) : Object.values(params).map(String).join(' '))
}

/** Cuts `a **b** c` into plain and strong pieces. */
export function emphasised(line: string): Said[] {
  return line
    .split('**')
    .map((words, index) => ({ words, strong: index % 2 === 1 }))
    .filter((piece) => piece.words !== '')
}

/** The words of the original text that the proposal rests on: they are marked there. */
export function citedWords(proposal: Proposal | null | undefined): string[] {
  return (proposal?.reasons ?? [])
    .flatMap(({ params }) => Object.values(params))
    .flatMap((value) => (Array.isArray(value) ? value : []))
    .filter((word): word is string => typeof word === 'string' && word.length > 1)
}
