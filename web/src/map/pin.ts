import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

/**
 * A point that somebody is settling on the map: where a call is, where an incident
 * really was. There is one at a time; whoever needs it sets it, the map shows it.
 * It is dragged, nudged by the arrow keys, or put where the map is clicked.
 */
export interface Pin {
  lon?: number // WGS-84 degrees; without both it is put by a click on the map
  lat?: number
  movable: boolean
  onMove?: (at: { lon: number; lat: number }) => void
}

const pin = shallowRef<Pin>()
const eyes = new Set<(at: { lon: number; lat: number }) => void>()

/** The pin of this window. What changes is a new object: pin.value = { …pin.value, lon, lat }. */
export function usePin(): ShallowRef<Pin | undefined> {
  return pin
}

/** Puts the pin somewhere and tells who owns it. */
export function movePin(at: { lon: number; lat: number }) {
  const p = pin.value
  if (!p?.movable) return
  pin.value = { ...p, ...at }
  p.onMove?.(at)
}

/** Asks every map to bring a point into view. */
export function lookAt(at: { lon: number; lat: number }) {
  for (const see of eyes) see(at)
}
export function onLookAt(see: (at: { lon: number; lat: number }) => void) {
  eyes.add(see)
  onScopeDispose(() => eyes.delete(see))
}

const metresPerDegree = 111_195 // of a great circle, mean radius 6,371.0 km

/** A point so many metres east and north of another. */
export function shifted(at: { lon: number; lat: number }, east: number, north: number) {
  const lat = at.lat + north / metresPerDegree
  return { lon: at.lon + east / (metresPerDegree * Math.cos((at.lat * Math.PI) / 180)), lat }
}

/** Metres between two points, on a plane through both: within a city its error is below 0.1 %. */
export function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const middle = ((a.lat + b.lat) / 2) * (Math.PI / 180)
  return Math.hypot((a.lat - b.lat) * metresPerDegree, (a.lon - b.lon) * metresPerDegree * Math.cos(middle))
}

/** How far an arrow key moves the pin, in metres; with Shift ten times as far. */
export const nudgeM = 5
const ways: Record<string, [east: number, north: number]> = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

/** Where a key moves the pin to; undefined for every other key. */
export function nudged(at: { lon: number; lat: number }, e: Pick<KeyboardEvent, 'key' | 'shiftKey'>) {
  const way = ways[e.key]
  const by = nudgeM * (e.shiftKey ? 10 : 1)
  return way && shifted(at, way[0] * by, way[1] * by)
}

/** "29.12345, 120.12345" or the other way round, as somebody types or pastes it; undefined when it is no point. */
export function readPoint(text: string): { lon: number; lat: number } | undefined {
  const m = text.trim().match(/^(-?\d+(?:\.\d+)?)\s*[,，;\s]\s*(-?\d+(?:\.\d+)?)$/)
  if (!m) return undefined
  const [a, b] = [Number(m[1]), Number(m[2])]
  const [lat, lon] = Math.abs(a) > 90 ? [b, a] : [a, b]
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lon, lat } : undefined
}
export const pointText = (at: { lon: number; lat: number }) => `${at.lat.toFixed(6)}, ${at.lon.toFixed(6)}`
