/** The street's own map: areas (communities, grids) and the ground under them. Both change seldom. */
import { useQuery } from '@tanstack/vue-query'
import { answer, api, type AreaProperties, type Areas, type MapBase } from '@/api'

const HOUR = 3_600_000

export function useAreas() {
  return useQuery({
    queryKey: ['areas'],
    queryFn: ({ signal }): Promise<Areas> => answer(api.GET('/api/v1/areas', { signal })) as unknown as Promise<Areas>,
    staleTime: HOUR,
    meta: { topics: ['areas'] },
  })
}

export function useMapBase() {
  return useQuery({
    queryKey: ['map-base'],
    queryFn: ({ signal }): Promise<MapBase> => answer(api.GET('/api/v1/map/base', { signal })) as unknown as Promise<MapBase>,
    staleTime: HOUR,
    meta: { topics: ['areas'] },
  })
}

const GROUNDS = ['green', 'water', 'building', 'facility', 'road', 'compound'] as const
/** Facilities that are grown, not built. */
export const GREEN_FORMS = ['park', 'garden']
export type Ground = (typeof GROUNDS)[number]

/** What a feature of the ground is drawn as. */
export function groundOf({ kind, form }: MapBase['features'][number]['properties']): Ground {
  if (kind === 'facility' && GREEN_FORMS.includes(form ?? '')) return 'green'
  return GROUNDS.find((ground) => ground === kind) ?? 'compound'
}

export function areasOf(areas: Areas | undefined, level: string): AreaProperties[] {
  return (areas?.features ?? []).map((feature) => feature.properties).filter((area) => area.level === level)
}
