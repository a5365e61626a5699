import { QueryCache, QueryClient } from '@tanstack/vue-query'
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
  void queryClient.invalidateQueries({
    predicate: ({ meta }) => meta?.topics?.some((topic) => topics.has(topic)) ?? false,
  })
}

/** After a gap in the stream nothing is known: everything that follows the stream is read again. */
export function invalidateFollowing(): void {
  void queryClient.invalidateQueries({ predicate: ({ meta }) => (meta?.topics?.length ?? 0) > 0 })
}

/** Gathers topics for a moment, so a burst of events costs one reading. */
export function gather(flush: (topics: ReadonlySet<string>) => void, wait = 300): (topics: readonly string[]) => void {
  let waiting = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  return (topics) => {
    for (const topic of topics) waiting.add(topic)
    timer ??= setTimeout(() => {
      const gathered = waiting
      waiting = new Set()
      timer = undefined
      flush(gathered)
    }, wait)
  }
}
