/** Flat drawing of small places: degrees to pixels, true to shape within a street. */
import type { Location } from '@/api'

export interface Window {
  center: Location
  /** How many metres fit across the picture. */
  across: number
  width: number
  height: number
}

const METRES_PER_DEGREE = 111_320

/** SVG units for a point, y downwards. */
export function project({ center, across, width, height }: Window): (lon: number, lat: number) => [number, number] {
  const scale = width / across
  const east = METRES_PER_DEGREE * Math.cos((center.lat * Math.PI) / 180)
  return (lon, lat) => [
    width / 2 + (lon - center.lon) * east * scale,
    height / 2 - (lat - center.lat) * METRES_PER_DEGREE * scale,
  ]
}

type Position = number[]

/** An SVG path of a geometry; empty where nothing of it lies in the picture. */
export function path(geometry: GeoJSON.Geometry, window: Window): string {
  const at = project(window)
  const margin = 40
  const near = (line: Position[]): boolean => {
    let left = Infinity
    let right = -Infinity
    let top = Infinity
    let bottom = -Infinity
    for (const position of line) {
      const [x, y] = at(position[0]!, position[1]!)
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
    return right > -margin && left < window.width + margin && bottom > -margin && top < window.height + margin
  }
  const draw = (line: Position[], closed: boolean): string =>
    near(line)
      ? `M${line.map(([lon, lat]) => at(lon!, lat!).map((n) => n.toFixed(1)).join(' ')).join('L')}${closed ? 'Z' : ''}`
      : ''
  switch (geometry.type) {
    case 'LineString':
      return draw(geometry.coordinates, false)
    case 'MultiLineString':
      return geometry.coordinates.map((line) => draw(line, false)).join('')
    case 'Polygon':
      return geometry.coordinates.map((ring) => draw(ring, true)).join('')
    case 'MultiPolygon':
      return geometry.coordinates.flatMap((polygon) => polygon.map((ring) => draw(ring, true))).join('')
    default:
      return ''
  }
}
