/** The street drawn into a box of pixels: ground, borders, middles and roads, from the street's own map. */
import { computed, type Ref } from 'vue'
import type { AreaProperties } from '@/api'
import { labelPoints } from '@/map/labels'
import { path, project, type Window } from '@/map/project'
import { groundOf, useAreas, useMapBase, type Ground } from '@/map/useStreetMap'
import type { Spot } from './mapLayout'
import type { Size } from './useBox'

export interface DrawnArea extends AreaProperties {
  d: string
  ring: [number, number][]
  middle: Spot
}
export interface Road {
  name: string
  line: Spot[]
}

const METRES_PER_DEGREE = 111_320
/** Air between the street and the edge of the picture. */
const MARGIN = 1.03
/** Rem at the foot of the picture that its legend takes: nothing of the street lies under it. */
const LEGEND = 2

function outer(geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon): GeoJSON.Position[] {
  return geometry.type === 'Polygon' ? geometry.coordinates[0]! : [...geometry.coordinates].sort((a, b) => b[0]!.length - a[0]!.length)[0]![0]!
}

export function useGround(size: Readonly<Ref<Size>>) {
  const areas = useAreas()
  const base = useMapBase()
  const communities = computed(() => areas.data.value?.features.filter((feature) => feature.properties.level === 'community') ?? [])

  /** All communities fit in the box. */
  const window = computed<Window | undefined>(() => {
    const { width, height, rem } = size.value
    const corners = communities.value.flatMap((feature) => outer(feature.geometry))
    if (corners.length === 0 || width === 0 || height === 0) return undefined
    const lons = corners.map(([lon]) => lon!)
    const lats = corners.map(([, lat]) => lat!)
    const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)]
    const center = { lon: (west + east) / 2, lat: (south + north) / 2 }
    const wide = (east - west) * METRES_PER_DEGREE * Math.cos((center.lat * Math.PI) / 180)
    const high = (north - south) * METRES_PER_DEGREE
    const free = height - LEGEND * rem
    const across = Math.max(wide, (high * width) / free) * MARGIN
    center.lat -= ((height - free) / 2) * (across / width) / METRES_PER_DEGREE
    return { center, across, width, height }
  })
  const at = computed(() => (window.value ? project(window.value) : undefined))

  const ground = computed(() => {
    const drawn: Record<Ground, string> = { green: '', water: '', building: '', facility: '', road: '', compound: '' }
    const main = { road: '' }
    if (!window.value) return { ...drawn, main: '' }
    for (const feature of base.data.value?.features ?? []) {
      const d = path(feature.geometry, window.value)
      if (feature.properties.kind === 'road' && feature.properties.name) main.road += d
      else drawn[groundOf(feature.properties)] += d
    }
    return { ...drawn, main: main.road }
  })
  const grids = computed(() =>
    window.value ? (areas.data.value?.features ?? []).filter((feature) => feature.properties.level === 'grid').map((feature) => path(feature.geometry, window.value!)).join('') : '',
  )
  const drawn = computed<DrawnArea[]>(() => {
    if (!window.value || !at.value || !areas.data.value) return []
    const middles = labelPoints(areas.data.value).features
    return communities.value.map((feature, index) => {
      const [lon, lat] = middles[index]!.geometry.coordinates as [number, number]
      const [x, y] = at.value!(lon, lat)
      return {
        ...feature.properties,
        d: path(feature.geometry, window.value!),
        ring: outer(feature.geometry).map(([lon, lat]) => at.value!(lon!, lat!)),
        middle: { x, y },
      }
    })
  })
  const roads = computed<Road[]>(() =>
    (base.data.value?.features ?? []).flatMap(({ properties, geometry }) =>
      properties.kind === 'road' && properties.name && properties.form !== 'branch' && geometry.type === 'LineString' && at.value
        ? [{ name: properties.name, line: geometry.coordinates.map(([lon, lat]) => at.value!(lon!, lat!)).map(([x, y]) => ({ x, y })) }]
        : [],
    ),
  )
  return { at, ground, grids, communities: drawn, roads }
}
