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
const handsMs = 300 // after a key or a press, while a slow map waits with what is new …
const handsAtMost = 2000 // … though no longer than this
const manyIcons = 2000 // above it, each is a dot until one looks closer
const kinds = ['incident', 'unit'] as const // each a source and layers of its own: units move all the time, and incidents hardly ever
const pickable = kinds.flatMap((k) => [k, `${k}-dot`])

/** A map of ours in an element. Rejects where the browser has no WebGL. */
export function makeEngine(el: HTMLElement, onPick: (id: string | undefined, kind: string | undefined, at: { lon: number; lat: number }) => void, locale: Record<string, string>, { still = false } = {}): Promise<Engine> {
  const map = new MapLibre({
    container: el, style: styleOf(), center: [120, 29], zoom: 9, interactive: !still, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
    localIdeographFontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font'), locale, fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  const shown = { incident: new Map<string, MapPoint>(), unit: new Map<string, MapPoint>() }
  let wanted: readonly MapPoint[] = []
  let areaList: Area[] = []
  let chosen: { p: MapPoint | undefined; color: string } = { p: undefined, color: '' }
  let timer: ReturnType<typeof setTimeout> | undefined
  const source = (id: string) => map.getSource(id) as GeoJSONSource | undefined
  const collection = (features: object[]) => ({ type: 'FeatureCollection', features }) as never

  let crowded = false
  /** Icons of thousands overlap to a carpet, and laying them out costs each frame: they become dots. */
  function thin() {
    if (crowded === wanted.length > manyIcons) return
    crowded = !crowded
    for (const kind of kinds) {
      map.setLayoutProperty(`${kind}-dot`, 'visibility', crowded ? 'visible' : 'none')
      map.setLayerZoomRange(kind, crowded ? dotsBelow : 0, 24)
    }
  }
  function push() {
    if (rest > pushEvery && performance.now() - touched < handsMs && performance.now() - waits < handsAtMost) return void (timer = setTimeout(push, handsMs))
    timer = undefined
    thin()
    const diffs = kinds.map((kind) => ({ kind, diff: diffOf(shown[kind], wanted.filter((p) => p.kind === kind)) })).filter((d) => d.diff)
    if (diffs.length === 0) return
    for (const { kind, diff } of diffs) void source(kind)?.updateData(diff as never)
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
  let touched = -Infinity
  let waits = 0 // since when something waits to be drawn
  const hands = () => { touched = performance.now() }
  for (const what of ['keydown', 'pointerdown']) addEventListener(what, hands, { capture: true, passive: true })
  let late = false // something changed while a drawing was under way
  function points(list: readonly MapPoint[]) {
    wanted = list
    late = drawing
    if (drawing || timer) return
    waits = performance.now() + rest
    timer = setTimeout(push, rest)
  }
  function areas(list: Area[]) {
    areaList = list
    void source(sources.areas)?.setData(collection(list.map((a) => ({ type: 'Feature', properties: { id: a.id }, geometry: a.geometry }))))
    void source(sources.names)?.setData(collection(list.map((a) => ({ type: 'Feature', properties: { name: a.name }, geometry: { type: 'Point', coordinates: centreOf(a.geometry) } })).filter((f) => f.geometry.coordinates)))
  }
  function choose(p: MapPoint | undefined, color: string) {
    if (p?.lon === chosen.p?.lon && p?.lat === chosen.p?.lat && color === chosen.color) return
    chosen = { p, color }
    halo()
  }
  function halo() {
    const { p, color } = chosen
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
      for (const kind of kinds) shown[kind].clear()
      crowded = false
      areas(areaList)
      push()
      halo()
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
    const hit = map.queryRenderedFeatures(box, { layers: [...pickable] })[0]
    onPick(hit?.properties.id as string | undefined, hit?.properties.kind as string | undefined, { lon: e.lngLat.lng, lat: e.lngLat.lat })
  })
  for (const layer of pickable) {
    map.on('mouseenter', layer, () => { map.getCanvas().style.cursor = 'pointer' })
    map.on('mouseleave', layer, () => { map.getCanvas().style.cursor = '' })
  }
  function destroy() {
    clearTimeout(timer)
    for (const what of ['keydown', 'pointerdown']) removeEventListener(what, hands, { capture: true })
    map.remove()
  }
  return new Promise((done, fail) => {
    map.once('error', (e) => fail(e.error))
    map.once('load', () => {
      icons()
      done({ map, areas, points, choose, fit, restyle, destroy })
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
