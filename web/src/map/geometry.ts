/** Arithmetic on GeoJSON for labels, bounds and the plan without WebGL. Coordinates are [lon, lat] in degrees. */
export type Position = [number, number]
export interface Polygonal { type: 'Polygon' | 'MultiPolygon'; coordinates: Position[][] | Position[][][] }
export interface Area { id: string; name: string; geometry?: unknown }
export type Bounds = [west: number, south: number, east: number, north: number]

export function ringsOf(g: unknown): Position[][] {
  const p = g as Polygonal | undefined
  if (p?.type === 'Polygon') return p.coordinates as Position[][]
  if (p?.type === 'MultiPolygon') return (p.coordinates as Position[][][]).flat()
  return []
}

export function boundsOf(positions: Iterable<Position>): Bounds | undefined {
  let b: Bounds | undefined
  for (const [x, y] of positions) b = b ? [Math.min(b[0], x), Math.min(b[1], y), Math.max(b[2], x), Math.max(b[3], y)] : [x, y, x, y]
  return b
}

/** The centre of gravity of a ring; for a name, the largest ring of an area has it. */
export function centreOf(g: unknown): Position | undefined {
  let best: { area: number; at: Position } | undefined
  for (const ring of ringsOf(g)) {
    let a = 0, x = 0, y = 0
    for (let i = 0; i + 1 < ring.length; i++) {
      const [p, q] = [ring[i]!, ring[i + 1]!]
      const cross = p[0] * q[1] - q[0] * p[1]
      a += cross
      x += (p[0] + q[0]) * cross
      y += (p[1] + q[1]) * cross
    }
    if (a !== 0 && (!best || Math.abs(a) > best.area)) best = { area: Math.abs(a), at: [x / (3 * a), y / (3 * a)] }
  }
  return best?.at
}

/** What is to stay free at the edges of a map, in pixels: something stands over it there. */
export interface Room { top: number; right: number; bottom: number; left: number }

/** A plan for a box of so many pixels: straight, with a degree of longitude as long as it is here; there and back. */
export function planOf(b: Bounds, width: number, height: number, room: Room = { top: 16, right: 16, bottom: 16, left: 16 }): { to: (p: Position) => Position; from: (p: Position) => Position } {
  const squeeze = Math.cos((((b[1] + b[3]) / 2) * Math.PI) / 180)
  const [w, h] = [Math.max(1, width - room.left - room.right), Math.max(1, height - room.top - room.bottom)]
  const scale = Math.min(w / Math.max(1e-9, (b[2] - b[0]) * squeeze), h / Math.max(1e-9, b[3] - b[1]))
  const x0 = room.left + (w - (b[2] - b[0]) * squeeze * scale) / 2
  const y0 = room.top + (h - (b[3] - b[1]) * scale) / 2
  return {
    to: (p) => [x0 + (p[0] - b[0]) * squeeze * scale, y0 + (b[3] - p[1]) * scale],
    from: (p) => [b[0] + (p[0] - x0) / (squeeze * scale), b[3] - (p[1] - y0) / scale],
  }
}
