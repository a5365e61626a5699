/** A new order of the 2-hour class is heard and said at once, whichever page of the desk is open. */
import { useQuery } from '@tanstack/vue-query'
import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { answer, api } from '@/api'
import { announce } from '@/app/announce'
import { chime } from '@/app/chime'
import { can } from '@/app/session'

export function useArrivals(): void {
  const { t } = useI18n()
  const { data } = useQuery({
    queryKey: ['cases', 'danger'],
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET('/api/v1/cases', {
            params: { query: { queue: 'to_dispatch', urgency: ['danger'], sort: 'newest', limit: 10 } },
            signal,
          }),
        )
      ).items,
    enabled: () => can('dispatch'),
    meta: { topics: ['cases'] },
  })
  let known: Set<string> | undefined
  watch(data, (rows) => {
    if (!rows) return
    // one that was dispatched and taken back is not new: unread ones only
    const fresh = known && rows.filter((row) => row.unread && !known?.has(row.id))
    known = new Set([...(known ?? []), ...rows.map((row) => row.id)])
    if (!fresh || fresh.length === 0) return
    chime()
    announce(t('inbox.danger', { title: fresh[0]!.title }), true)
  })
}
