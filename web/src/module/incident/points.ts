import type { MapPoint } from '@/map/points'
import { toneOfRow, type BoardRow } from './board'

const rank = { red: 3, yellow: 2, green: 1 }

/** Incidents as a map shows them: by the shape of their next clock, the urgent above the others. What has no point yet has no place. */
export function pointsOf(rows: readonly BoardRow[], labelOf: (b: BoardRow) => string): MapPoint[] {
  return rows.flatMap((b): MapPoint[] => {
    const at = b.row.position
    const tone = toneOfRow(b)
    return at ? [{ id: b.row.id, kind: 'incident', lon: at.lon, lat: at.lat, icon: tone, rank: rank[tone], label: labelOf(b) }] : []
  })
}
