/** Who holds which posts now, names masked: colleagues to choose from. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { answer, api, type PostHeld } from '@/api'

export interface Colleague {
  id: string
  name: string
  titles: string[]
}

/** One line a person, with all his posts, in the order of the list. Pure. */
export function colleagues(posts: readonly PostHeld[]): Colleague[] {
  const people = new Map<string, Colleague>()
  for (const { person, title } of posts) {
    const one = people.get(person.id) ?? { id: person.id, name: person.name, titles: [] }
    people.set(person.id, { ...one, titles: [...one.titles, title] })
  }
  return [...people.values()]
}

export function usePeople(wanted: () => boolean) {
  const query = useQuery({
    queryKey: ['posts'],
    queryFn: async ({ signal }) => (await answer(api.GET('/api/v1/posts', { signal }))).items,
    enabled: wanted,
    staleTime: 5 * 60_000,
  })
  return { ...query, people: computed(() => colleagues(query.data.value ?? [])) }
}
