import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** How much larger texts are here than at a desk: what the map draws grows with them. */
export const scale = () => parseFloat(getComputedStyle(document.body).fontSize) / 14 || 1

/** The zoom from which on icons stand in any case: few enough are in sight. */
export const dotsBelow = 13

/** Sources that a map of ours has; each begins empty. */
export const sources = { areas: 'areas', names: 'names', incidents: 'incident', units: 'unit', chosen: 'chosen' } as const
const empty = { type: 'FeatureCollection', features: [] } as const

/** What stands in for icons where there are too many to tell apart (engine.ts); those of what is urgent are larger and lie above. */
const dots = (source: string, k: number) => {
  const red = ['==', ['get', 'icon'], 'red']
  return { id: `${source}-dot`, type: 'circle' as const, source, maxzoom: dotsBelow, layout: { visibility: 'none' as const, 'circle-sort-key': ['get', 'rank'] }, paint: {
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, ['case', red, 3 * k, 2 * k], 13, ['case', red, 6 * k, 4 * k]],
    'circle-color': ['match', ['get', 'icon'], 'red', token('--red-fill'), 'yellow', token('--yellow-fill'), 'green', token('--green-fill'), token('--primary')] } } as unknown as LayerSpecification
}

/**
 * The base map without any network: our own areas and names on a plain ground,
 * in the colours of the theme. Text is set in the fonts of the machine; there is
 * no address of glyphs and no sprite.
 */
export function styleOf(k = scale()): StyleSpecification {
  const geojson = (extra: object = {}) => ({ type: 'geojson', data: empty, ...extra })
  return {
    version: 8,
    sources: {
      [sources.areas]: geojson(),
      [sources.names]: geojson(),
      [sources.incidents]: geojson({ promoteId: 'id' }),
      [sources.units]: geojson({ promoteId: 'id' }),
      [sources.chosen]: geojson(),
    } as unknown as StyleSpecification['sources'],
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('--map-bg') } },
      { id: 'land', type: 'fill', source: sources.areas, paint: { 'fill-color': token('--map-land'), 'fill-antialias': true } },
      { id: 'edge', type: 'line', source: sources.areas, paint: { 'line-color': token('--border-strong'), 'line-width': 1, 'line-dasharray': [3, 3], 'line-opacity': 0.8 } },
      { id: 'area-name', type: 'symbol', source: sources.names, layout: { 'text-field': ['get', 'name'], 'text-size': ['interpolate', ['linear'], ['zoom'], 8, 11 * k, 12, 14 * k], 'text-font': ['sans'], 'text-padding': 2, 'text-max-width': 20, 'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'], 'text-radial-offset': 1 }, paint: { 'text-color': token('--text3'), 'text-halo-color': token('--map-land'), 'text-halo-width': 2 } },
      { id: 'halo', type: 'circle', source: sources.chosen, paint: { 'circle-radius': 26 * k, 'circle-color': ['get', 'color'], 'circle-opacity': 0.18, 'circle-stroke-color': ['get', 'color'], 'circle-stroke-width': 1.5 } },
      ...[sources.incidents, sources.units].map((source) => dots(source, k)),
      { id: 'unit', type: 'symbol', source: sources.units,
        layout: { 'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 8, 0.6 * k, 12, 0.85 * k], 'icon-allow-overlap': true, 'icon-ignore-placement': k > 1.1 /* on a wall, names of areas matter more */, 'text-field': ['step', ['zoom'], '', 9, ['get', 'label']], 'text-size': 11 * k, 'text-offset': [0, 1.25], 'text-font': ['sans'], 'text-optional': true },
        paint: { 'text-color': token('--text2'), 'text-halo-color': token('--map-land'), 'text-halo-width': 1.5 } },
      { id: 'incident', type: 'symbol', source: sources.incidents,
        layout: { 'icon-image': ['get', 'icon'], 'icon-size': ['interpolate', ['linear'], ['zoom'], 8, 0.7 * k, 12, k], 'icon-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'] } },
    ],
  }
}
