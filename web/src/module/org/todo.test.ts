import { describe, expect, it } from 'vitest'
import { incidentsOf, signAfterMs, todoOf, type Sources } from './todo'

const now = Date.parse('2026-11-25T10:00:00Z')
const ago = (ms: number) => new Date(now - ms).toISOString()
const row = (id: string, status: string) => ({ id, status, recorded_at: ago(0) }) as never
const detail = (...assignments: object[]) => ({ assignments }) as never
const breach = (id: string, incident_id: string, ms: number) => ({ id, incident_id, due_at: ago(ms) }) as never
const keys = (s: Partial<Sources>) => todoOf({ breaches: [], open: [], details: new Map(), now, may: { explain: true, respond: true }, ...s }).map((t) => t.key)

describe('what waits at a station', () => {
  it('puts a crew that does not answer before paper, the oldest first', () => {
    const details = new Map([['I1', detail({ state: 'dispatched', dispatched_at: ago(90_000) })], ['I2', detail({ state: 'cleared', cleared_at: ago(5000) })]])
    expect(keys({ breaches: [breach('B1', 'I9', 10), breach('B2', 'I9', 20)], open: [row('I2', 'on_scene'), row('I1', 'dispatched')], details })).toEqual(['sI1', 'cI2', 'bB2', 'bB1'])
  })
  it('gives a crew a minute to answer', () => {
    const at = (ms: number) => keys({ open: [row('I1', 'dispatched')], details: new Map([['I1', detail({ state: 'dispatched', dispatched_at: ago(ms) })]]) })
    expect(at(signAfterMs - 1)).toEqual([])
    expect(at(signAfterMs)).toEqual(['sI1'])
  })
  it('says nothing before it knows, and nothing of a scene where somebody still is', () => {
    expect(keys({ open: [row('I1', 'dispatched'), row('I2', 'on_scene')] })).toEqual([])
    expect(keys({ open: [row('I2', 'on_scene')], details: new Map([['I2', detail({ state: 'cleared' }, { state: 'on_scene' })]]) })).toEqual([])
  })
  it('asks for no reason why nobody kept what nobody could', () => {
    const of = (clock: string, id: string) => ({ ...(breach(id, 'I9', 10) as object), clock }) as never
    expect(keys({ breaches: [of('video', 'B1'), of('arrival', 'B2')] })).toEqual(['bB2'])
  })
  it('shows nobody what they may not do', () => {
    const all = { breaches: [breach('B1', 'I1', 1)], open: [row('I1', 'dispatched')], details: new Map([['I1', detail({ state: 'dispatched', dispatched_at: ago(90_000) })]]) }
    expect(keys({ ...all, may: { explain: false, respond: false } })).toEqual([])
    expect(keys({ ...all, may: { explain: true, respond: false } })).toEqual(['bB1'])
  })
  it('counts incidents, not their clocks', () => expect(incidentsOf([breach('a', 'I1', 1), breach('b', 'I1', 1), breach('c', 'I2', 1)])).toBe(2))
})
