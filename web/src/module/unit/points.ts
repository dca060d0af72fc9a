import type { MapPoint } from '@/map/points'
import type { Unit } from './fleet'

const icons: Record<Unit['state'], string> = { available: 'unit-free', dispatched: 'unit-busy', en_route: 'unit-busy', on_scene: 'unit-busy', out_of_service: 'unit-off' }

/** Units on duty as a map shows them: by what they do, at their last position. */
export function pointsOf(units: readonly Unit[], labelOf: (u: Unit) => string = (u) => u.call_sign): MapPoint[] {
  return units.flatMap((u): MapPoint[] => (u.last_fix && u.crew.length ? [{ id: u.id, kind: 'unit', lon: u.last_fix.lon, lat: u.last_fix.lat, icon: icons[u.state], label: labelOf(u) }] : []))
}
