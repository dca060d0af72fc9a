import type { MapPoint } from '@/map/points'
import { toneOfRow, type BoardRow } from './board'

const rank = { red: 3, yellow: 2, green: 1 }

/**
 * Incidents as a map shows them: by the shape of their next clock, the urgent above the
 * others. What has no point yet has no place. What looks as it did is the very same point,
 * and the same list when all do: then the map has nothing to compare.
 */
export function makePoints(labelOf: (b: BoardRow) => string) {
  let known = new Map<string, MapPoint>()
  let points: readonly MapPoint[] = []
  return (rows: readonly BoardRow[], now: number): readonly MapPoint[] => {
    const next = new Map<string, MapPoint>()
    let same = true
    for (const b of rows) {
      const at = b.row.position
      if (!at) continue
      const icon = toneOfRow(b, now)
      const label = labelOf(b)
      const was = known.get(b.row.id)
      const stays = was?.icon === icon && was.lon === at.lon && was.lat === at.lat && was.label === label
      same &&= stays
      next.set(b.row.id, stays ? was : { id: b.row.id, kind: 'incident', lon: at.lon, lat: at.lat, icon, rank: rank[icon], label })
    }
    if (!same || next.size !== known.size) points = [...next.values()]
    known = next
    return points
  }
}
