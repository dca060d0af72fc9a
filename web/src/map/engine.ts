import { Map as MapLibre, setWorkerUrl, type GeoJSONSource } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { iconImage, iconNames } from './icons'
import { diffOf, type MapPoint } from './points'
import { boundsOf, centreOf, ringsOf, type Area, type Room } from './geometry'
import { dotsBelow, scale, sources, styleOf } from './style'

setWorkerUrl(workerUrl)

export interface Engine {
  map: MapLibre
  areas: (list: Area[]) => void
  points: (list: readonly MapPoint[]) => void
  choose: (p: MapPoint | undefined, color: string) => void
  fit: (room?: Room) => void // the whole, beside what stands over the map
  restyle: () => void
  destroy: () => void
}

const pushEvery = 120 // ms: changes gather, the worker is told eight times a second at most
const pushAtLeast = 3000 // ms: also where a map is drawn in software, and each drawing holds up the keys
const restsFor = 4 // times as long as a drawing took, nothing new is drawn
const manyIcons = 2000 // above it, what is not urgent is a dot until one looks closer

/** A map of ours in an element. Rejects where the browser has no WebGL. */
export function makeEngine(el: HTMLElement, onPick: (id: string | undefined, kind: string | undefined, at: { lon: number; lat: number }) => void, locale: Record<string, string>, { still = false } = {}): Promise<Engine> {
  const map = new MapLibre({
    container: el, style: styleOf(), center: [120, 29], zoom: 9, interactive: !still, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
    localIdeographFontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font'), canvasContextAttributes: { antialias: true }, locale, fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  const shown = new Map<string, MapPoint>()
  let wanted: readonly MapPoint[] = []
  let areaList: Area[] = []
  let chosen: { p: MapPoint | undefined; color: string } = { p: undefined, color: '' }
  let timer: ReturnType<typeof setTimeout> | undefined
  const source = (id: string) => map.getSource(id) as GeoJSONSource | undefined
  const collection = (features: object[]) => ({ type: 'FeatureCollection', features }) as never

  let crowded = false
  /** Icons of thousands overlap to a carpet, and laying them out costs each frame: all but the urgent become dots. */
  function thin() {
    if (crowded === wanted.length > manyIcons) return
    crowded = !crowded
    map.setLayoutProperty('dot', 'visibility', crowded ? 'visible' : 'none')
    map.setLayerZoomRange('unit', crowded ? dotsBelow : 0, 24)
    map.setFilter('incident', ['all', ['==', ['get', 'kind'], 'incident'], ...(crowded ? [['any', ['>=', ['zoom'], dotsBelow], ['==', ['get', 'icon'], 'red']]] : [])] as never)
  }
  function push() {
    timer = undefined
    thin()
    const diff = diffOf(shown, wanted)
    if (!diff) return
    void source(sources.points)?.updateData(diff as never)
    const from = performance.now()
    drawing = true
    // The frame after the next begins when the one that shows the change is on the screen.
    map.once('idle', () => requestAnimationFrame(() => requestAnimationFrame((now) => {
      drawing = false
      rest = Math.min(pushAtLeast, Math.max(pushEvery, restsFor * (now - from)))
      if (late) points(wanted)
    })))
  }
  let rest = pushEvery
  let drawing = false
  let late = false // something changed while a drawing was under way
  function points(list: readonly MapPoint[]) {
    wanted = list
    late = drawing
    if (!drawing) timer ??= setTimeout(push, rest)
  }
  function areas(list: Area[]) {
    areaList = list
    void source(sources.areas)?.setData(collection(list.map((a) => ({ type: 'Feature', properties: { id: a.id }, geometry: a.geometry }))))
    void source(sources.names)?.setData(collection(list.map((a) => ({ type: 'Feature', properties: { name: a.name }, geometry: { type: 'Point', coordinates: centreOf(a.geometry) } })).filter((f) => f.geometry.coordinates)))
  }
  function choose(p: MapPoint | undefined, color: string) {
    chosen = { p, color }
    void source(sources.chosen)?.setData(collection(p ? [{ type: 'Feature', properties: { color }, geometry: { type: 'Point', coordinates: [p.lon, p.lat] } }] : []))
  }
  let free: Room = { top: 40, right: 40, bottom: 40, left: 40 }
  function fit(room = free) {
    free = room
    const b = boundsOf(areaList.flatMap((a) => ringsOf(a.geometry).flat())) ?? boundsOf(wanted.map((p): [number, number] => [p.lon, p.lat]))
    if (b) map.fitBounds(b, { padding: free, animate: false, maxZoom: 14 })
  }
  let size = scale()
  function icons() {
    const fine = Math.ceil(size)
    for (const n of iconNames) {
      if (map.hasImage(n)) map.removeImage(n)
      map.addImage(n, iconImage(n, fine), { pixelRatio: 2 * fine })
    }
  }
  /** The colours of another theme; what is shown stays. */
  function restyle() {
    size = scale()
    map.setStyle(styleOf(), { diff: false })
    map.once('styledata', () => {
      icons()
      shown.clear()
      crowded = false
      areas(areaList)
      push()
      choose(chosen.p, chosen.color)
    })
  }
  // The whole stays in view when the window changes, until somebody has looked closer.
  let moved = false
  map.on('movestart', (e) => { moved ||= 'originalEvent' in e && !!e.originalEvent })
  map.on('resize', () => {
    if (!moved) fit()
    if (size !== scale()) restyle()
  })
  map.on('click', (e) => {
    const box: [[number, number], [number, number]] = [[e.point.x - 10, e.point.y - 10], [e.point.x + 10, e.point.y + 10]]
    const hit = map.queryRenderedFeatures(box, { layers: ['incident', 'unit', 'dot'] })[0]
    onPick(hit?.properties.id as string | undefined, hit?.properties.kind as string | undefined, { lon: e.lngLat.lng, lat: e.lngLat.lat })
  })
  for (const layer of ['incident', 'unit', 'dot']) {
    map.on('mouseenter', layer, () => { map.getCanvas().style.cursor = 'pointer' })
    map.on('mouseleave', layer, () => { map.getCanvas().style.cursor = '' })
  }
  return new Promise((done, fail) => {
    map.once('error', (e) => fail(e.error))
    map.once('load', () => {
      icons()
      done({ map, areas, points, choose, fit, restyle, destroy: () => { clearTimeout(timer); map.remove() } })
    })
  })
}

/** Whether this browser can draw maps at all. */
export function hasWebGL(): boolean {
  try {
    return !!document.createElement('canvas').getContext('webgl2')
  } catch {
    return false
  }
}
