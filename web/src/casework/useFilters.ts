/** Filters as the address holds them; changing them changes the address. */
import { computed } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import type { Queue } from '@/api'
import { filtersFromQuery, queryFromFilters, type Filters } from './filters'

/** `keep`: other parts of the address that a change of filter leaves as they are. */
export function useFilters({ keep = [] }: { keep?: readonly string[] } = {}) {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => filtersFromQuery(route.query))

  function kept(): LocationQueryRaw {
    return Object.fromEntries(keep.filter((name) => route.query[name] !== undefined).map((name) => [name, route.query[name]]))
  }

  /** The same view of another queue. */
  function link(queue: Queue): { query: LocationQueryRaw } {
    return { query: queryFromFilters({ ...filters.value, queue }) }
  }

  function change(next: Partial<Filters>): void {
    void router.push({ query: { ...queryFromFilters({ ...filters.value, ...next }), ...kept() } })
  }

  return { filters, link, change }
}
