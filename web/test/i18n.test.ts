import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en } from '@/i18n/en'
import { zh } from '@/i18n/zh'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, above = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const name = above ? `${above}.${key}` : key
    if (typeof value === 'string') found.set(name, value)
    else for (const [deeper, words] of leaves(value, name)) found.set(deeper, words)
  }
  return found
}
const chinese = leaves(zh)
const english = leaves(en)
const holes = (words: string) => new Set([...words.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : /\.(vue|ts)$/.test(entry.name) ? [join(folder, entry.name)] : [],
  )
}

describe('the catalogue', () => {
  it('has the same keys in both languages', () => expect([...english.keys()]).toEqual([...chinese.keys()]))

  it('leaves out no figure in English that Chinese gives', () => {
    const lost = [...chinese].filter(([key, words]) => {
      const there = holes(english.get(key) ?? '')
      // a month is said by its name in English
      return [...holes(words)].some((hole) => !there.has(hole) && hole !== 'month')
    })
    expect(lost).toEqual([])
  })

  it('holds every key that the sources name', () => {
    const missing: string[] = []
    for (const file of sources(join(import.meta.dirname, '../src'))) {
      for (const [, key] of readFileSync(file, 'utf8').matchAll(/\bt\(\s*'([\w.]+)'/g)) {
        if (!chinese.has(key!)) missing.push(`${file}: ${key}`)
      }
    }
    expect(missing).toEqual([])
  })
})
