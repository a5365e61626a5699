import { QueryCache, QueryClient, type Query } from '@tanstack/vue-query'
import { Problem } from '@/api'

/**
 * What a query follows. The live stream names topics (`cases`, `units`, …), never ids; a query is read
 * again only when one of its own topics is named.
 */
export interface QueryMeta extends Record<string, unknown> {
  topics?: readonly string[]
}

declare module '@tanstack/vue-query' {
  interface Register {
    queryMeta: QueryMeta
  }
}

let refused: () => void = () => undefined

/** What to do when the server no longer knows who we are. */
export function whenRefused(act: () => void): void {
  refused = act
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error) {
      if (error instanceof Problem && error.status === 401) refused()
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      // a refusal stays a refusal; only silence is asked again
      retry: (failures, error) => !(error instanceof Problem) && failures < 2,
      retryDelay: (attempt) => 500 * 2 ** attempt,
      refetchOnWindowFocus: false,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})

/** Reads again what follows one of `topics`: at once where it is on screen, else when it next comes there. */
export function invalidateTopics(topics: ReadonlySet<string>): void {
  void readTopics(topics)
}

/** The same. Resolves when what is on screen has been read; undefined where nothing there follows these topics. */
export function readTopics(topics: ReadonlySet<string>): Promise<void> | undefined {
  return read((meta) => meta?.topics?.some((topic) => topics.has(topic)) ?? false)
}

/** After a gap of which nothing is known: everything that follows the stream is read again. */
export function readFollowing(): Promise<void> | undefined {
  return read((meta) => (meta?.topics?.length ?? 0) > 0)
}

function read(follows: (meta: QueryMeta | undefined) => boolean): Promise<void> | undefined {
  const predicate = ({ meta }: Query) => follows(meta)
  const shown = queryClient.getQueryCache().findAll({ type: 'active', predicate }).length > 0
  const over = queryClient.invalidateQueries({ predicate })
  return shown ? over : undefined
}

/** What could not be read while the server was away, though its events came. */
export function readFailed(): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ meta, state }) =>
      (meta?.topics?.length ?? 0) > 0 && (state.isInvalidated || state.status === 'error' || state.fetchFailureCount > 0),
  })
}

interface Pace {
  /** The first event of a quiet time waits this long, for those that come with it. */
  settle?: number
  /** Between the beginnings of two readings at least. */
  apart?: number
  /** A reading that takes longer than this is not waited for. */
  longest?: number
}

/**
 * Gathers topics, so that a burst of events costs one reading: the first is read almost at once, the next when
 * that reading is over (a new one would cancel it, and under load nothing would ever be shown). Topics that nothing on
 * screen follows hold up no others.
 */
export function gather(
  read: (topics: ReadonlySet<string>) => Promise<void> | undefined,
  { settle = 30, apart = 300, longest = 3_000 }: Pace = {},
): (topics: readonly string[]) => void {
  let waiting = new Set<string>()
  let planned = false
  function plan(wait: number): void {
    planned = true
    setTimeout(run, wait)
  }
  function run(): void {
    const gathered = waiting
    waiting = new Set()
    const reading = read(gathered)
    const over = reading && Promise.all([Promise.race([reading.catch(() => undefined), after(longest)]), after(apart)])
    void Promise.resolve(over).then(() => {
      planned = false
      if (waiting.size > 0) plan(0)
    })
  }
  return (topics) => {
    for (const topic of topics) waiting.add(topic)
    if (!planned) plan(settle)
  }
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
