import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { answer, api } from '@/api'

/** The dispatch catalogue's categories, and their names by id. */
export function useCategories() {
  const query = useQuery({
    queryKey: ['categories'],
    queryFn: async ({ signal }) => (await answer(api.GET('/api/v1/categories', { signal }))).items,
    staleTime: 30 * 60_000,
    meta: { topics: ['categories'] },
  })
  const byId = computed(() => new Map((query.data.value ?? []).map((category) => [category.id, category])))
  /** As a tree in one list, each under its parent. */
  const choices = computed(() =>
    [...(query.data.value ?? [])]
      .sort((a, b) => a.path.localeCompare(b.path, 'zh'))
      .map((category) => ({
        value: category.id,
        words: category.name,
        depth: category.parent_id ? 1 : 0,
      })),
  )
  return { ...query, byId, choices }
}
