/** A point that moves or changes: an incident, a unit. */
export interface MapPoint {
  id: string
  kind: 'incident' | 'unit'
  lon: number // WGS-84 degrees
  lat: number
  icon: string
  label: string
  rank?: number // the greater is drawn above the others
}

interface Feature { type: 'Feature'; id: string; geometry: { type: 'Point'; coordinates: [number, number] }; properties: Record<string, unknown> }
export interface SourceDiff {
  removeAll?: boolean
  remove?: string[]
  add?: Feature[]
  update?: { id: string; newGeometry?: Feature['geometry']; addOrUpdateProperties?: { key: string; value: unknown }[] }[]
}

const props = (p: MapPoint) => ({ id: p.id, kind: p.kind, icon: p.icon, label: p.label, rank: p.rank ?? 0 })
const geometry = (p: MapPoint): Feature['geometry'] => ({ type: 'Point', coordinates: [p.lon, p.lat] })

/**
 * What a map must be told to show these points after those: only what differs.
 * Handing all points over anew would cost the more the more there are, for each
 * one that moves.
 */
export function diffOf(shown: Map<string, MapPoint>, now: readonly MapPoint[]): SourceDiff | undefined {
  const diff: Required<Omit<SourceDiff, 'removeAll'>> = { remove: [], add: [], update: [] }
  const left = new Set(shown.keys())
  for (const p of now) {
    left.delete(p.id)
    const was = shown.get(p.id)
    if (was === p) continue
    if (!was) {
      diff.add.push({ type: 'Feature', id: p.id, geometry: geometry(p), properties: props(p) })
    } else {
      const moved = was.lon !== p.lon || was.lat !== p.lat
      const changed = (['icon', 'label', 'rank'] as const).filter((k) => was[k] !== p[k])
      if (!moved && changed.length === 0) continue
      diff.update.push({ id: p.id, ...(moved && { newGeometry: geometry(p) }), ...(changed.length && { addOrUpdateProperties: changed.map((key) => ({ key, value: props(p)[key] })) }) })
    }
    shown.set(p.id, p)
  }
  for (const id of left) {
    diff.remove.push(id)
    shown.delete(id)
  }
  return diff.remove.length || diff.add.length || diff.update.length ? diff : undefined
}
