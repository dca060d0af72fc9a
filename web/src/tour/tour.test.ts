import { describe, expect, it } from 'vitest'
import { after, fresh, steps, type Event, type StepId, type Tour } from './tour'

const all = steps.map((s) => s.id)
const walk = (t: Tour, ...events: Event[]) => events.reduce((now, e) => after(now, e, all), t)
const begun = walk(fresh(), { type: 'begin' })
const chosen: Event = { type: 'chosen', id: 'I1', number: 'N1', status: 'received' }

describe('the tour', () => {
  it('goes on when somebody does what a step asks for', () => {
    let t = walk(begun, chosen)
    expect(t).toMatchObject({ at: 'clocks', caseId: 'I1' })
    t = walk(t, { type: 'next' }, { type: 'dispatched', id: 'I1' })
    expect(t.at).toBe('arrive')
    t = walk(t, { type: 'reached', id: 'I1', mark: 'delivered' }, { type: 'reached', id: 'I1', mark: 'acknowledged' })
    expect(t).toMatchObject({ at: 'arrive', marks: ['delivered', 'acknowledged'] })
    t = walk(t, { type: 'reached', id: 'I1', mark: 'on_scene' })
    expect(t).toMatchObject({ at: 'timeline', marks: ['delivered', 'acknowledged', 'on_scene'] })
    expect(walk(t, { type: 'next' }, { type: 'next' }, { type: 'next' }).state).toBe('done')
  })
  it('does not go on with what is about another incident, or is not to be dispatched', () => {
    expect(walk(begun, { ...chosen, status: 'on_scene' } as Event).at).toBe('case')
    const t = walk(begun, chosen, { type: 'next' })
    expect(walk(t, { type: 'dispatched', id: 'other' }).at).toBe('dispatch')
    expect(walk(t, { type: 'reached', id: 'other', mark: 'on_scene' }).marks).toEqual([])
    expect(walk(t, { type: 'reached', id: 'I1', mark: 'cleared' }).marks).toEqual([])
  })
  it('is not behind who is quicker than it', () => {
    expect(walk(begun, chosen, { type: 'dispatched', id: 'I1' }).at).toBe('arrive')
  })
  it('is left and taken up where it was, and can be walked again', () => {
    const left = walk(begun, chosen, { type: 'leave' })
    expect(walk(left, { type: 'next' })).toEqual(left)
    expect(walk(left, { type: 'resume' })).toMatchObject({ state: 'running', at: 'clocks', caseId: 'I1' })
    expect(walk(left, { type: 'again' })).toMatchObject({ state: 'running', at: 'case', marks: [] })
    expect(walk(begun, { type: 'back' }).at).toBe('case')
    expect(walk(begun, chosen, { type: 'back' }).at).toBe('case')
  })
  it('leaves out what this house has no page for', () => {
    const have: StepId[] = ['case', 'clocks', 'dispatch', 'arrive', 'timeline']
    expect(after({ ...fresh(), state: 'running', at: 'timeline' }, { type: 'next' }, have).state).toBe('done')
  })
  it('can end every step by doing it', () => {
    const byFact: StepId[] = ['case', 'dispatch', 'arrive']
    expect(steps.filter((s) => !s.done).map((s) => s.id)).toEqual(byFact)
    for (const s of steps) if (s.done && 'open' in s.done) expect(s.done.open.startsWith(s.under + '/')).toBe(true)
  })
  it('remembers what was looked at, once', () => {
    const t = walk(begun, chosen, { type: 'seen' }, { type: 'seen' })
    expect(t.seen).toEqual(['clocks'])
  })
})
