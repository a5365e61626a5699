import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { answer, api } from '@/api'

/** The units cases can go to, and their names by id. */
export function useUnits() {
  const query = useQuery({
    queryKey: ['units'],
    queryFn: async ({ signal }) => (await answer(api.GET('/api/v1/units', { signal }))).items,
    staleTime: 30 * 60_000,
    meta: { topics: ['units'] },
  })
  const byId = computed(() => new Map((query.data.value ?? []).map((unit) => [unit.id, unit])))
  /** To choose from by name, the short one said beside it. */
  const choices = computed(() =>
    (query.data.value ?? []).map(({ id, name, short }) => ({ value: id, words: name, note: short === name ? undefined : short })),
  )
  return { ...query, byId, choices }
}
