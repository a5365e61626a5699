/** Reading cases. Every list and every case follows the topic `cases` of the live stream. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { answer, api, type CasePage, type Queue } from '@/api'
import { realmNow, syncClock } from '@/app/clock'
import { can } from '@/app/session'
import { caseQuery, queryFromFilters, type Filters } from './filters'

const FOLLOWS = { topics: ['cases'] }
const PAGE = 50

export const caseKeys = {
  list: (filters: Filters) => ['cases', queryFromFilters(filters)] as const,
  counts: () => ['cases', 'counts'] as const,
  one: (id: string) => ['case', id] as const,
  timeline: (id: string) => ['case', id, 'timeline'] as const,
  alike: (id: string) => ['case', id, 'alike'] as const,
}

function take(page: CasePage): CasePage {
  syncClock({ now: page.now })
  return page
}

/** A list of cases, a page of 50 at a time. Keeps showing the old rows while new ones come. `wanted`: whether it is asked for. */
export function useCaseList(filters: MaybeRefOrGetter<Filters>, wanted: () => boolean = () => true) {
  const query = useInfiniteQuery({
    queryKey: computed(() => caseKeys.list(toValue(filters))),
    queryFn: async ({ pageParam, signal }) =>
      take(
        await answer(
          api.GET('/api/v1/cases', {
            params: { query: { ...caseQuery(toValue(filters), realmNow()), cursor: pageParam, limit: PAGE } },
            signal,
          }),
        ),
      ),
    enabled: () => can('see_cases') && wanted(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    meta: FOLLOWS,
  })
  // a case that moved between two pages would stand twice
  const rows = computed(() => {
    const seen = new Set<string>()
    return (query.data.value?.pages.flatMap((page) => page.items) ?? []).filter((row) => !seen.has(row.id) && seen.add(row.id))
  })
  const last = computed(() => query.data.value?.pages.at(-1))
  return { ...query, rows, total: computed(() => last.value?.total), counts: computed(() => last.value?.counts ?? {}) }
}

/** How many wait in each queue, for the rail. */
export function useCounts() {
  return useQuery({
    queryKey: caseKeys.counts(),
    queryFn: async ({ signal }): Promise<Partial<Record<Queue, number>>> =>
      take(await answer(api.GET('/api/v1/cases', { params: { query: { queue: 'all', limit: 1 } }, signal }))).counts,
    enabled: () => can('see_cases'),
    meta: FOLLOWS,
  })
}

export function useCase(id: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => caseKeys.one(toValue(id) ?? '')),
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/cases/{case_id}', { params: { path: { case_id: toValue(id)! } }, signal })),
    enabled: () => toValue(id) !== undefined,
    meta: FOLLOWS,
  })
}

export function useTimeline(id: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => caseKeys.timeline(toValue(id) ?? '')),
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/cases/{case_id}/timeline', { params: { path: { case_id: toValue(id)! } }, signal })),
    enabled: () => toValue(id) !== undefined,
    meta: FOLLOWS,
  })
}

/** Cases that look like the same matter: same category, near by, in the last months. */
export function useAlike(id: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => caseKeys.alike(toValue(id) ?? '')),
    queryFn: async ({ signal }) =>
      (await answer(api.GET('/api/v1/cases/{case_id}/alike', { params: { path: { case_id: toValue(id)! } }, signal }))).items,
    enabled: () => toValue(id) !== undefined,
    staleTime: 5 * 60_000,
    meta: FOLLOWS,
  })
}
