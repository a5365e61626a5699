/** Where community names stand: once a community, in its middle. (A polygon label would repeat at each tile.) */
import type { Areas } from '@/api'

export function labelPoints(areas: Areas): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: 'FeatureCollection',
    features: areas.features
      .filter((feature) => feature.properties.level === 'community')
      .map((feature) => ({
        type: 'Feature',
        properties: { short: feature.properties.short },
        geometry: { type: 'Point', coordinates: middle(feature.geometry) },
      })),
  }
}

/** The centroid of the largest ring, by its area; degrees are flat enough within a street. */
function middle(geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon): [number, number] {
  const rings = geometry.type === 'Polygon' ? [geometry.coordinates[0]!] : geometry.coordinates.map((polygon) => polygon[0]!)
  let best = { area: -1, x: 0, y: 0 }
  for (const ring of rings) {
    let area = 0
    let x = 0
    let y = 0
    for (let i = 0; i < ring.length - 1; i++) {
      const [x0, y0] = ring[i] as [number, number]
      const [x1, y1] = ring[i + 1] as [number, number]
      const cross = x0 * y1 - x1 * y0
      area += cross / 2
      x += (x0 + x1) * cross
      y += (y0 + y1) * cross
    }
    if (Math.abs(area) > best.area) best = { area: Math.abs(area), x: x / (6 * area), y: y / (6 * area) }
  }
  return [best.x, best.y]
}
