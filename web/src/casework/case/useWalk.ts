/**
 * The list one came from, walked case by case with `[` and `]`. Its order is taken when one enters: a case that
 * leaves the queue by one's own act does not make the next one jump.
 */
import { computed, shallowReactive, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { can } from '@/app/session'
import { filtersFromQuery } from '../filters'
import { defaultQueue } from '../queues'
import { useCaseList } from '../useCases'

interface Taken {
  ids: string[]
  total: number
}
const taken = shallowReactive(new Map<string, Taken>())

/** The rows seen so far in their first order; what came later is appended. Pure. */
export function extended(before: readonly string[], rows: readonly string[]): string[] {
  const known = new Set(before)
  return [...before, ...rows.filter((id) => !known.has(id))]
}

export function useWalk(id: () => string) {
  const route = useRoute()
  const router = useRouter()

  /** The address of the list, where one came from one. */
  const from = computed(() => {
    const said = route.query.from
    return typeof said === 'string' && said.startsWith('/desk/') ? router.resolve(said) : undefined
  })
  const filters = computed(() => {
    const read = filtersFromQuery(from.value?.query ?? {})
    return { ...read, queue: read.queue ?? (from.value?.name === 'inbox' ? defaultQueue(can) : ('all' as const)) }
  })
  const key = computed(() => JSON.stringify(filters.value))
  const list = useCaseList(filters, () => from.value !== undefined)

  watch(
    [list.rows, key],
    ([rows]) => {
      if (!from.value || list.isPlaceholderData.value || rows.length === 0) return
      const before = taken.get(key.value)
      const ids = extended(before?.ids ?? [], rows.map((row) => row.id))
      taken.set(key.value, { ids, total: Math.max(before?.total ?? 0, list.total.value ?? 0, ids.length) })
    },
    { immediate: true },
  )

  const walk = computed(() => (from.value ? taken.get(key.value) : undefined))
  const at = computed(() => walk.value?.ids.indexOf(id()) ?? -1)
  const previous = computed(() => (at.value > 0 ? walk.value?.ids[at.value - 1] : undefined))
  const next = computed(() => (at.value >= 0 ? walk.value?.ids[at.value + 1] : undefined))
  watch(at, (now) => {
    // one step before the end of what is read, the next page is asked for
    if (now >= 0 && walk.value && now >= walk.value.ids.length - 2 && list.hasNextPage.value) void list.fetchNextPage()
  })

  function go(to: string | undefined): void {
    if (to) void router.replace({ name: 'case', params: { id: to }, query: route.query })
  }
  /**
   * Back to the list, with the case one has walked to chosen in it; from a link sent by a colleague, to all cases.
   * `gone`: the case is no longer there to be chosen.
   */
  function back({ gone = false } = {}): void {
    const list = from.value
    if (!list) void router.push({ name: 'cases' })
    else void router.push(list.name === 'inbox' ? { path: list.path, query: { ...list.query, case: gone ? undefined : id() } } : list.fullPath)
  }

  return { at, total: computed(() => walk.value?.total ?? 0), queue: computed(() => filters.value.queue), previous, next, go, back }
}
