import { total, type Line } from '../module/pace/noise'
import type { Unit } from '../module/unit/fleet'

export const unitStates = ['available', 'dispatched', 'en_route', 'on_scene', 'out_of_service'] as const

/** Units with a crew, by what they do; on duty are those that serve. */
export function unitsOf(list: readonly Unit[]) {
  const n = { available: 0, dispatched: 0, en_route: 0, on_scene: 0, out_of_service: 0 }
  for (const u of list) if (u.crew.length) n[u.state]++
  return { ...n, duty: n.available + n.dispatched + n.en_route + n.on_scene }
}

/** Today's calls, of which every one is a case of the first clock. */
export function callsOf(lines: readonly Line[]): number {
  const first = lines.find((l) => l.clock === 'dispatch')
  return first ? total(first) : 0
}
