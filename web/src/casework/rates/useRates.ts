/** The rates and the orders behind them, asked for by the address. Both follow the topic `figures`. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { answer, api } from '@/api'
import { useNow } from '@/app/clock'
import { can, session } from '@/app/session'
import { addressOf, askedOf, daysOf, type Asked } from './address'

const FOLLOWS = { topics: ['figures'] }

export function useAsked() {
  const route = useRoute()
  const router = useRouter()
  const now = useNow()
  const asked = computed(() => askedOf(route.query))
  const days = computed(() => daysOf(asked.value, now.value))
  function link(next: Partial<Asked>) {
    return { query: addressOf({ ...asked.value, ...next }) }
  }
  /** Going into a drawer and out of it is no step of its own for Back. */
  function ask(next: Partial<Asked>, { replace = false } = {}): void {
    void (replace ? router.replace(link(next)) : router.push(link(next)))
  }
  return { asked, days, now, link, ask }
}
export type AskedNow = ReturnType<typeof useAsked>

export function useRates({ asked, days }: AskedNow) {
  const question = computed(() => ({ by: asked.value.by, rate: asked.value.rate, ...days.value }))
  return useQuery({
    queryKey: computed(() => ['rates', question.value]),
    queryFn: ({ signal }) => answer(api.GET('/api/v1/rates', { params: { query: question.value }, signal })),
    enabled: () => can('see_figures'),
    placeholderData: keepPreviousData,
    meta: FOLLOWS,
  })
}

export function useRateOrders({ asked, days }: AskedNow) {
  const question = computed(() => ({
    by: asked.value.by,
    rate: asked.value.rate,
    ...days.value,
    of: asked.value.open === 'all' ? undefined : asked.value.open,
    answer: asked.value.answers,
  }))
  return useInfiniteQuery({
    queryKey: computed(() => ['rates', 'orders', question.value]),
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET('/api/v1/rates/orders', { params: { query: { ...question.value, cursor: pageParam } }, signal })),
    enabled: () => can('see_figures') && asked.value.open !== undefined,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    meta: FOLLOWS,
  })
}

/** What the whole is called: the street for those who see all of it, else just the whole. */
export function wholeKey(): 'street' | 'seen' {
  const STREET = ['leader', 'dispatcher', 'auditor']
  const post = session.post.value
  return post && !post.area && post.roles.some((role) => STREET.includes(role)) ? 'street' : 'seen'
}
