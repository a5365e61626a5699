import type { ProblemBody } from './types'

/** What the server refused, and why, in words it chose itself (RFC 9457). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly body: ProblemBody

  constructor(body: ProblemBody) {
    super(`${body.status} ${body.code}`)
    this.name = 'Problem'
    this.status = body.status
    this.code = body.code
    this.body = body
  }

  get stale(): boolean {
    return this.code === 'stale'
  }
}

/** No answer came at all: the network or the server is away. Nothing is known about what was sent. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('unreachable', { cause })
    this.name = 'Unreachable'
  }
}

/** The one sentence a problem says in the reader's language. */
export function problemWords(problem: Problem, locale: string): string {
  const { title, title_en } = problem.body
  return locale === 'en' ? (title_en ?? title) : title
}

/** What would make the refused act possible, where the server says so. */
export function wouldNeed(problem: Problem, locale: string): string | undefined {
  const need = problem.body.would_need
  return need ? (locale === 'en' ? need.en : need.zh) : undefined
}
