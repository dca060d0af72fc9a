import { describe, expect, it } from 'vitest'
import type { Item } from './outbox'
import { assignmentOf, byUrgency, conflictsOf, marksOf, nextMark, nextStep, stepInstead, type Own } from './project'

const t0 = Date.parse('2026-11-25T10:00:00Z')
const at = (min: number) => new Date(t0 + min * 60_000).toISOString()
const own = (more: Partial<Own['incident']> = {}, id = 'i1'): Own => ({
  incident: { id, called_at: at(0), version: 3, assignments: [{ no: 1, unit_id: 'A', state: 'dispatched', dispatched_at: at(1) }], ...more } as Own['incident'],
  unit: 'A', no: 1, message: 'm', seen: true, nearby: [], at: t0,
  clocks: [{ clock: 'dispatch', verdict: 'within', seconds: 30 }, { clock: 'acknowledge', verdict: 'running', due: at(3), target_s: 120 }, { clock: 'arrival', verdict: 'running', due: at(8), target_s: 480 }] as Own['clocks'],
})
const done = (n: number, deed: Item['deed'], min: number, state: Item['state'] = 'waiting'): Item => ({ n, key: '', user: 'u', incident: 'i1', number: '', unit: 'A', no: 1, deed, pressed: t0 + min * 60_000, hold: 0, state, tries: 0, sentAt: t0 + 1 })

describe('what is shown before the server knows it', () => {
  it('follows what was pressed, forward only', () => {
    const items = [done(1, { do: 'step', step: 'on_scene' }, 6), done(2, { do: 'step', step: 'acknowledged' }, 2), done(3, { do: 'contact', answered: true }, 4)]
    const x = assignmentOf(own(), items)
    expect([x.a?.state, x.a?.acknowledged_at, x.contactedAt, x.waiting]).toEqual(['on_scene', at(2), at(4), 3])
    expect(own().incident.assignments[0]!.state).toBe('dispatched')
  })
  it('shows nothing that was refused', () => {
    expect(assignmentOf(own(), [done(1, { do: 'step', step: 'on_scene' }, 6, 'refused')]).a?.state).toBe('dispatched')
  })
  it('marks a step as soon as it is pressed, and says when it was late', () => {
    const marks = marksOf(own(), [done(1, { do: 'step', step: 'acknowledged' }, 4)], t0 + 5 * 60_000)
    expect(marks.map((m) => m.state)).toEqual(['done', 'late', 'open', 'open', 'runs'])
    expect(nextMark(marks)?.name).toBe('arrival')
    expect(nextMark(marksOf(own(), [], t0 + 5 * 60_000))?.name).toBe('arrival') // what is over comes after what can be kept
    expect(nextMark(marksOf(own(), [], t0 + 9 * 60_000))?.state).toBe('over')
  })
  it('counts down to nothing that nobody can do', () => {
    const o = own()
    o.clocks = [...o.clocks, { clock: 'video', verdict: 'running', due: at(2) }] as Own['clocks']
    expect(marksOf(o, [], t0).find((m) => m.name === 'video')?.state).toBe('runs') // it stands among the five all the same
    expect(nextMark(marksOf(o, [], t0))?.name).toBe('acknowledge')
    expect(nextMark(marksOf(o, [], t0 + 30 * 60_000))?.name).toBe('arrival')
    o.clocks = o.clocks.filter((c) => c.clock === 'video')
    expect(nextMark(marksOf(o, [], t0))).toBeUndefined()
  })
  it('knows the next step', () => {
    expect(['dispatched', 'acknowledged', 'en_route', 'on_scene', 'cleared'].map((s) => nextStep({ state: s as 'dispatched' }))).toEqual(['acknowledged', 'en_route', 'on_scene', 'cleared', undefined])
    expect(nextStep({ state: 'dispatched', withdrawn: true })).toBe(undefined)
  })
  it('lets who has acknowledged arrive without having said that they set out, and nobody else skip a step', () => {
    expect((['acknowledged', 'en_route', 'on_scene', 'cleared', undefined] as const).map(stepInstead)).toEqual([undefined, 'on_scene', undefined, undefined, undefined])
    const went = assignmentOf(own(), [done(1, { do: 'step', step: 'acknowledged' }, 2), done(2, { do: 'step', step: 'en_route' }, 3)])
    expect([went.a?.state, went.a?.en_route_at, nextStep(went.a)]).toEqual(['en_route', at(3), 'on_scene'])
    const there = assignmentOf(own(), [done(1, { do: 'step', step: 'acknowledged' }, 2), done(2, { do: 'step', step: 'on_scene' }, 6)])
    expect([there.a?.en_route_at, nextStep(there.a)]).toEqual([undefined, 'cleared'])
  })
  it('puts the next to break first and what is done last', () => {
    const closed = own({ closed_at: at(9) }, 'i2')
    const late = { ...own({}, 'i3'), clocks: [] }
    expect(byUrgency([closed, late, own()], [], t0).map((o) => o.incident.id)).toEqual(['i1', 'i3', 'i2'])
  })
  it('tells of texts that contradict', () => {
    const r = (seq: number) => ({ seq, text: String(seq), by: 'u', at: at(1) })
    expect(conflictsOf(own({ assignments: [{ no: 1, unit_id: 'A', state: 'on_scene', reports: [r(4)] }] as Own['incident']['assignments'] })).reports).toEqual([])
    expect(conflictsOf(own({ assignments: [{ no: 1, unit_id: 'A', state: 'on_scene', reports: [r(4), r(5)] }] as Own['incident']['assignments'] })).reports).toHaveLength(2)
  })
})
