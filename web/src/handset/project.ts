import type { Schemas } from '@/shell/client'
import type { Item } from './outbox'
import { inReach } from '@/ui/clocks'
import { centreAt, type Base } from './clock'

type Incident = Schemas['incident.Incident']
type Assignment = Schemas['incident.Assignment']

/** What everybody sees of a reporter's contact. */
export const maskOf = (c?: string | { masked: string } | null) => (typeof c === 'object' && c ? c.masked : '')

/** A unit around, as the push tells it. */
export interface Near { unit_id: string; call_sign: string; state: string; distance_m?: number; eta_s?: number }

/** One of the officer's own: as the server last said it, and what was done on this device since. */
export interface Own {
  incident: Incident
  unit: string
  no: number
  message: string // the push that brought it
  seen: boolean
  clocks: Schemas['pace.Judgement'][]
  nearby: Near[]
  at: number // the device's clock, when the server said so
}

const order = ['reserved', 'dispatched', 'acknowledged', 'en_route', 'on_scene', 'cleared'] as const
export type Step = (typeof order)[number]
export const rank = (s: string) => order.indexOf(s as Step)

/** The assignment as it is with what waits to be sent. */
export function assignmentOf(own: Own, items: Item[], base?: Base): { a?: Assignment; contactedAt?: string; closed?: string; waiting: number } {
  const known = own.incident.assignments.find((x) => x.no === own.no)
  const mine = items.filter((i) => i.incident === own.incident.id && (i.state === 'waiting' || (i.state !== 'refused' && (i.sentAt ?? 0) > own.at)))
  const a = known && { ...known }
  let contactedAt = own.incident.contacted_at
  let closed = own.incident.closed_at
  for (const i of mine) {
    const at = new Date(base ? centreAt(i.base ?? base, i.pressed) : i.pressed).toISOString()
    switch (i.deed.do) {
      case 'step':
        if (a && rank(i.deed.step) > rank(a.state)) a.state = i.deed.step
        if (a) a[timeOf[i.deed.step]] ??= at
        break
      case 'hazards':
        if (a) a.hazards_seen = true
        break
      case 'contact':
        if (i.deed.answered) contactedAt ??= at
        break
      case 'close':
        closed ??= at
    }
  }
  return { a, contactedAt, closed, waiting: mine.filter((i) => i.state === 'waiting').length }
}

const timeOf = { acknowledged: 'acknowledged_at', en_route: 'en_route_at', on_scene: 'on_scene_at', cleared: 'cleared_at' } as const

/** The five steps of 12358 as the officer sees them; what was pressed here counts at once. */
export type Mark = { name: 'dispatch' | 'acknowledge' | 'video' | 'contact' | 'arrival'; state: 'done' | 'late' | 'runs' | 'over' | 'open'; due?: number }
const names: Mark['name'][] = ['dispatch', 'acknowledge', 'video', 'contact', 'arrival']

export function marksOf(own: Own, items: Item[], now: number, base?: Base): Mark[] {
  const { a, contactedAt } = assignmentOf(own, items, base)
  const here: Partial<Record<Mark['name'], string | undefined>> = { acknowledge: a?.acknowledged_at ?? a?.en_route_at ?? a?.on_scene_at, contact: contactedAt, arrival: a?.on_scene_at }
  return names.map((name) => {
    const j = own.clocks.find((c) => c.clock === name)
    const due = j?.due ? Date.parse(j.due) : undefined
    if (j?.verdict === 'within') return { name, state: 'done' }
    if (j?.verdict === 'late') return { name, state: 'late' }
    if (here[name]) return { name, state: due !== undefined && Date.parse(here[name]!) > due ? 'late' : 'done' }
    if (j?.verdict === 'running' || j?.verdict === 'breached') return { name, state: due !== undefined && due < now ? 'over' : 'runs', due }
    return { name, state: 'open' }
  })
}

/** The clock that the big figure counts: the next to break that an officer can keep; of those that are over the last one. */
export function nextMark(marks: Mark[]): Mark | undefined {
  const due = marks.filter((m) => m.due !== undefined && m.name !== 'dispatch' && inReach(m.name))
  const ahead = due.filter((m) => m.state === 'runs').sort((x, y) => x.due! - y.due!)
  return ahead[0] ?? due.sort((x, y) => y.due! - x.due!)[0]
}

/** What the officer does next; undefined when nothing is left. */
export function nextStep(a?: Pick<Assignment, 'state' | 'withdrawn'>): Exclude<Step, 'reserved' | 'dispatched'> | undefined {
  if (!a || a.withdrawn) return undefined
  return ({ dispatched: 'acknowledged', acknowledged: 'en_route', en_route: 'on_scene', on_scene: 'cleared' } as const)[a.state as 'dispatched']
}

/** What may be said instead: who is there has set out, whether they said so or not. */
export const stepInstead = (next?: Step): 'on_scene' | undefined => (next === 'en_route' ? 'on_scene' : undefined)

/** Texts and endings that contradict and that a person has to settle. */
export function conflictsOf(own: Own): { reports: Schemas['incident.Report'][]; endings: Schemas['incident.Ending'][] } {
  const reports = own.incident.assignments.find((x) => x.no === own.no)?.reports ?? []
  return { reports: reports.length > 1 ? reports : [], endings: own.incident.rival_endings ?? [] }
}

/** The next to break first; what is settled last. */
export function byUrgency(list: Own[], items: Item[], now: number, base?: Base): Own[] {
  const key = (o: Own) => {
    const { a, closed } = assignmentOf(o, items, base)
    if (closed || !a || a.state === 'cleared' || a.withdrawn) return Infinity
    return nextMark(marksOf(o, items, now, base))?.due ?? Number.MAX_SAFE_INTEGER
  }
  return [...list].map((o) => ({ o, k: key(o) })).sort((x, y) => (x.k === y.k ? Date.parse(y.o.incident.called_at) - Date.parse(x.o.incident.called_at) : x.k - y.k)).map((x) => x.o)
}
