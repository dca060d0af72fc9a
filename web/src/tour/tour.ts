/**
 * The guided tour of one incident, in a demonstration. It looks on while somebody
 * works: each step ends by itself once it is done, and any may be skipped.
 *
 *	offered ─begin→ running: case → clocks → dispatch → arrive → timeline → report → proof ─→ done
 *	                   │  ↑
 *	                  leave, resume (also in another window, or as somebody else)
 */
export type StepId = 'case' | 'clocks' | 'dispatch' | 'arrive' | 'timeline' | 'report' | 'proof'

export interface Step {
  id: StepId
  permission: string // without it the step is shown as somebody who has it
  role: string // who that is
  target?: string // what on the page it is about
  under: string // the addresses under which it happens
  done?: Doing // what ends it, where no fact of the incident does
}
/** Something is pressed, or an address is opened. */
export type Doing = { press: string } | { open: string }

export const steps: Step[] = [
  { id: 'case', permission: 'incident.dispatch', role: 'dispatcher', target: '.console > .queue', under: '/c' },
  { id: 'clocks', permission: 'incident.dispatch', role: 'dispatcher', target: '.detail .track', under: '/c', done: { press: '.detail .track' } },
  { id: 'dispatch', permission: 'incident.dispatch', role: 'dispatcher', target: '.detail .candidates', under: '/c' },
  { id: 'arrive', permission: 'incident.dispatch', role: 'dispatcher', target: '.detail .track', under: '/c' },
  { id: 'timeline', permission: 'incident.read', role: 'dispatcher', target: '.detail .history', under: '/c', done: { press: '.detail .history' } },
  { id: 'report', permission: 'pace.read', role: 'dispatcher', under: '/s/clock', done: { open: '/s/clock/judgements' } },
  { id: 'proof', permission: 'audit.read', role: 'audit_admin', under: '/a/audit', done: { press: '[data-tour-proof]' } },
]

/** Steps of a unit that the tour waits for, in their order. */
export const marks = ['delivered', 'acknowledged', 'en_route', 'on_scene'] as const
export type Mark = (typeof marks)[number]

export interface Tour {
  state: 'offered' | 'running' | 'left' | 'done' | 'refused'
  at: StepId
  caseId?: string
  number?: string
  marks: Mark[]
  seen: StepId[] // what was looked at
}
export const fresh = (): Tour => ({ state: 'offered', at: 'case', marks: [], seen: [] })

export type Event =
  | { type: 'begin' } | { type: 'leave' } | { type: 'resume' } | { type: 'refuse' } | { type: 'again' }
  | { type: 'next' } | { type: 'back' }
  | { type: 'chosen'; id: string; number: string; status: string }
  | { type: 'dispatched'; id: string }
  | { type: 'reached'; id: string; mark: string }
  | { type: 'seen' } // what the step is about has been looked at

/** What becomes of the tour; have are the steps that this house can show. */
export function after(t: Tour, e: Event, have: StepId[] = steps.map((s) => s.id)): Tour {
  switch (e.type) {
    case 'begin': case 'again': return { ...fresh(), state: 'running', at: have[0]! }
    case 'leave': return t.state === 'running' ? { ...t, state: 'left' } : t
    case 'refuse': return { ...t, state: 'refused' }
    case 'resume': return { ...t, state: 'running' }
  }
  if (t.state !== 'running') return t
  const on = (more: Partial<Tour> = {}): Tour => {
    const next = have[have.indexOf(t.at) + 1]
    return next ? { ...t, ...more, at: next } : { ...t, ...more, state: 'done' }
  }
  switch (e.type) {
    case 'next': return on()
    case 'back': return { ...t, at: have[Math.max(0, have.indexOf(t.at) - 1)]! }
    case 'chosen':
      return t.at === 'case' && e.status === 'received' ? on({ caseId: e.id, number: e.number, marks: [] }) : t
    case 'dispatched':
      if (e.id !== t.caseId) return t
      return t.at === 'dispatch' ? on() : t.at === 'clocks' ? { ...t, at: 'arrive' } : t // who is quicker than the tour is not held up
    case 'reached': {
      if (e.id !== t.caseId || !marks.includes(e.mark as Mark) || t.marks.includes(e.mark as Mark)) return t
      const reached = { ...t, marks: [...t.marks, e.mark as Mark] }
      return t.at === 'arrive' && e.mark === 'on_scene' ? { ...on(), marks: reached.marks } : reached
    }
    case 'seen': return t.seen.includes(t.at) ? t : { ...t, seen: [...t.seen, t.at] }
  }
}

/** Whether an address is one of those under which a step happens. */
export const isUnder = (s: Pick<Step, 'under'>, path: string) => path === s.under || path.startsWith(s.under + '/')
