/** How the ground is drawn, from the tokens of the theme in force (light on the desk, dark on the wall). */
import { GREEN_FORMS } from './useStreetMap'

interface Tokens {
  getPropertyValue(name: string): string
}

const NONE = { type: 'FeatureCollection', features: [] }
const said = (...kinds: string[]) => ['in', ['get', 'kind'], ['literal', kinds]]

const GROWN = ['in', ['coalesce', ['get', 'form'], ''], ['literal', GREEN_FORMS]]

export function groundStyle(tokens: Tokens) {
  const color = (name: string): string => tokens.getPropertyValue(name).trim()
  const width = (narrow: number, wide: number) => ['interpolate', ['exponential', 1.6], ['zoom'], 12, narrow, 18, wide]
  return {
    version: 8,
    sources: {
      base: { type: 'geojson', data: NONE },
      areas: { type: 'geojson', data: NONE },
      names: { type: 'geojson', data: NONE },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': color('--m-bg') } },
      { id: 'land', type: 'fill', source: 'areas', filter: ['==', ['get', 'level'], 'community'], paint: { 'fill-color': color('--m-land') } },
      { id: 'green', type: 'fill', source: 'base', filter: ['any', said('green'), GROWN], paint: { 'fill-color': color('--m-park') } },
      { id: 'water', type: 'fill', source: 'base', filter: said('water'), paint: { 'fill-color': color('--m-water') } },
      { id: 'grids', type: 'line', source: 'areas', filter: ['==', ['get', 'level'], 'grid'], minzoom: 14, paint: { 'line-color': color('--m-grid'), 'line-width': 1 } },
      { id: 'road-case', type: 'line', source: 'base', filter: said('road'), paint: { 'line-color': color('--m-road-case'), 'line-width': width(2.5, 22) } },
      { id: 'road', type: 'line', source: 'base', filter: said('road'), paint: { 'line-color': color('--m-road'), 'line-width': width(1.5, 18) } },
      { id: 'buildings', type: 'fill', source: 'base', filter: ['all', said('building', 'facility'), ['!', GROWN]], minzoom: 14, paint: { 'fill-color': color('--m-bld') } },
      { id: 'communities', type: 'line', source: 'areas', filter: ['==', ['get', 'level'], 'community'], paint: { 'line-color': color('--m-border'), 'line-width': 1 } },
      {
        id: 'names',
        type: 'symbol',
        source: 'names',
        layout: { 'text-field': ['get', 'short'], 'text-font': ['Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'sans-serif'], 'text-size': 15 },
        paint: { 'text-color': color('--m-label'), 'text-halo-color': color('--m-halo'), 'text-halo-width': 2.5 },
      },
    ],
  }
}
