import { type Said } from './reasons'

/** Cuts a text into pieces, the cited words apart, so that they can be marked without writing HTML. */
export function marked(text: string, cited: readonly string[]): Said[] {
  const words = [...new Set(cited)].filter((word) => word !== '').sort((a, b) => b.length - a.length)
  if (words.length === 0) return [{ words: text, strong: false }]
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`)
  return text
    .split(pattern)
    .map((piece, index) => ({ words: piece, strong: index % 2 === 1 }))
    .filter((piece) => piece.words !== '')
}
