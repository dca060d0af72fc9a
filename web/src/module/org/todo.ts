/** What waits for somebody at a station: clocks without a reason, crews that have not answered, scenes that everybody has left. */
import type { Schemas } from '@/shell/client'
import { inReach } from '@/ui/clocks'

type Breach = Schemas['pace.Breach']
type Row = Schemas['incident.Row']
type Incident = Schemas['incident.Incident']

export type Todo =
  | { key: string; kind: 'explain'; since: number; breach: Breach }
  | { key: string; kind: 'sign' | 'close'; since: number; row: Row }

/** A crew that has just been sent is not waited for yet. */
export const signAfterMs = 60_000

export interface Sources {
  breaches: Breach[]
  open: Row[]
  details: Map<string, Incident> // of those that may wait
  now: number
  may: { explain: boolean; respond: boolean }
}

/** Those whose detail says whether they wait. */
export const unsure = (open: Row[]): Row[] => open.filter((r) => r.status === 'dispatched' || r.status === 'on_scene')

/** Units that were sent and have not answered. */
export const unanswered = (i: Incident | undefined) => (i?.assignments ?? []).filter((a) => a.state === 'dispatched')

export function todoOf(s: Sources): Todo[] {
  const list: Todo[] = []
  if (s.may.explain) for (const breach of s.breaches) if (inReach(breach.clock)) list.push({ key: 'b' + breach.id, kind: 'explain', since: Date.parse(breach.due_at), breach })
  if (s.may.respond) {
    for (const row of unsure(s.open)) {
      const i = s.details.get(row.id)
      if (row.status === 'dispatched') {
        const sent = unanswered(i).map((a) => Date.parse(a.dispatched_at ?? row.recorded_at)).sort((a, b) => a - b)[0]
        if (sent !== undefined && s.now - sent >= signAfterMs) list.push({ key: 's' + row.id, kind: 'sign', since: sent, row })
      } else if (i && i.assignments.length > 0 && i.assignments.every((a) => a.state === 'cleared')) {
        const left = i.assignments.map((a) => Date.parse(a.cleared_at ?? row.recorded_at)).sort((a, b) => b - a)[0]!
        list.push({ key: 'c' + row.id, kind: 'close', since: left, row })
      }
    }
  }
  const first = { sign: 0, close: 1, explain: 2 } // a crew that does not answer comes before paper
  return list.sort((a, b) => first[a.kind] - first[b.kind] || a.since - b.since)
}

/** How many incidents breaches are of. */
export const incidentsOf = (list: Breach[]) => new Set(list.map((b) => b.incident_id)).size
