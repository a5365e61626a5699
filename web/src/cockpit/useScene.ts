/** One reading a scene: after each act (by the stream), and when a clock or the day turns by itself. */
import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, watch } from 'vue'
import { answer, api } from '@/api'
import { realmNow, realmRate, syncClock } from '@/app/clock'
import { live } from '@/app/live'
import { can } from '@/app/session'
import { dayStart } from '@/app/when'
import type { Scene } from './scene'
import { staleSince, untilChange } from './stale'

/** While readings fail although the stream stands. */
const AGAIN = 5_000
/** How long the server may give out the figures of one moment. */
const KEPT = 250

export function useScene() {
  const query = useQuery({
    queryKey: ['scene', 'operations'],
    queryFn: async ({ signal }): Promise<Scene> => {
      const scene = (await answer(
        api.GET('/api/v1/scenes/{scene}', { params: { path: { scene: 'operations' } }, signal }),
      )) as unknown as Scene
      syncClock({ now: scene.now })
      return scene
    },
    enabled: () => can('see_figures'),
    staleTime: 0,
    // The facts speak for every act on an order, and only when they have taken it in: an earlier reading would be in
    // vain. Events are gathered, so this is read at most some three times a second.
    meta: { topics: ['figures'] },
    refetchInterval: ({ state }) => (state.fetchFailureCount > 0 || state.status === 'error' ? AGAIN : false),
  })

  const since = computed(() =>
    staleSince({
      phase: live.phase.value,
      trueUntil: live.trueUntil.value,
      failing: query.failureCount.value > 0 || query.isError.value,
      readAt: query.data.value ? Date.parse(query.data.value.now) : undefined,
    }),
  )

  // The server gives the same bytes out for a quarter second: what was told just before this reading may be missing.
  let behind: ReturnType<typeof setTimeout> | undefined
  let askedFor = 0
  watch(query.data, (scene) => {
    const told = live.told.value.get('figures') ?? 0
    if (!scene || scene.position >= told || told === askedFor) return
    askedFor = told
    clearTimeout(behind)
    behind = setTimeout(() => {
      if (live.told.value.get('figures') === told) void query.refetch() // else that event is read by itself
    }, KEPT)
  })

  let timer: ReturnType<typeof setTimeout> | undefined
  watch(query.data, (scene) => {
    clearTimeout(timer)
    if (!scene) return
    const now = realmNow()
    const wait = untilChange(scene.figures.orders_in_hand.next_change_at, dayStart(now, 1), now, realmRate())
    if (wait !== undefined) timer = setTimeout(() => void query.refetch(), wait)
  }, { immediate: true })
  onScopeDispose(() => {
    clearTimeout(timer)
    clearTimeout(behind)
  })

  return { ...query, since }
}
