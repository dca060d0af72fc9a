import { describe, expect, it } from 'vitest'
import { bodyOf, emptyDraft, follow, lacks, narrativeOf, release, setByHand, type Kind } from './draft'
import { endShift, fresh, makeKeep, shiftMs, sweep, withoutCaller } from './keep'
import type { Reading } from './read'

const at = Date.parse('2026-11-25T06:00:00Z')
const draft = (more: object = {}) => ({ ...emptyDraft('k1', at), ...more })
const reading = (more: Partial<Reading> = {}): Reading => ({ risks: {}, rest: '文渊路128号 邻里争执', ...more })
const kind = { code: '4', questions: [
  { id: 'weapon', answer: 'yes_no', ask: '有刀吗？', ask_en: 'A knife?', label: '器械', yes: '持械', no: '无' },
  { id: 'about', answer: 'text', ask: '为什么？', ask_en: 'Why?', label: '起因' },
] } as unknown as Kind

function memory(full = false) {
  const m = new Map<string, string>()
  return { m, getItem: (k: string) => m.get(k) ?? null, setItem: (k: string, v: string) => { if (full) throw new Error('full'); m.set(k, v) }, removeItem: (k: string) => void m.delete(k), key: (i: number) => [...m.keys()][i] ?? null, get length() { return m.size } }
}

describe('a draft', () => {
  it('follows the line, but never where a hand has been', () => {
    const d = draft()
    follow(d, reading({ address: '文渊路128号', kind: '4', people: '2', phone: '13800001234' }))
    expect([d.address, d.kind, d.people, d.phone]).toEqual(['文渊路128号', '4', '2', '13800001234'])
    setByHand(d, 'kind', '2')
    setByHand(d, 'phone', '')
    follow(d, reading({ address: '文渊路12号', kind: '3', phone: '13900000000' }))
    expect([d.address, d.kind, d.people, d.phone]).toEqual(['文渊路12号', '2', '', ''])
    release(d, 'kind')
    follow(d, reading({ kind: '3' }))
    expect(d.kind).toBe('3')
  })
  it('goes into the record as labelled lines', () => {
    const d = draft({ kind: '4', answers: { weapon: 'no', about: ' 停车 ', gone: 'x' }, risks: ['injury', 'weapon'], more: '来电中断' })
    setByHand(d, 'people', '3')
    expect(narrativeOf(d, reading(), kind).split('\n')).toEqual(['文渊路128号 邻里争执', '现场人数：3', '伤情：有人受伤', '器械：无', '起因：停车', '来电中断'])
  })
  it('says nothing twice that the line says already', () => {
    expect(narrativeOf(draft({ risks: ['injury'] }), reading({ risks: { injury: true } }), undefined)).toBe('文渊路128号 邻里争执')
  })
  it('is sent without its phone in the text, with the time of the call and the point', () => {
    const d = draft({ kind: '4', phone: '13800001234', spot: { address: '文渊路128号', lon: 120.03, lat: 28.9, uncertaintyM: 20.4 } })
    expect(bodyOf(d, reading(), kind)).toEqual({ kind_code: '4', address: '文渊路128号', narrative: '文渊路128号 邻里争执', occurred_at: '2026-11-25T06:00:00.000Z', position: { lat: 28.9, lon: 120.03, datum: 'wgs84', uncertainty_m: 20 }, contact: { phone: '13800001234', name: '' } })
    expect(bodyOf(draft({ kind: '4', unknown: true }), reading(), kind)).not.toHaveProperty('position')
    expect(bodyOf(draft({ kind: '4', unknown: true }), reading(), kind).narrative).toMatch(/待核实/)
  })
  it('cannot be saved without a kind, nor with a place that nobody has chosen', () => {
    expect(lacks(draft({ address: '解放街12号' }))).toEqual({ kind: 'intake.kind_needed', address: 'intake.place_needed' })
    expect(lacks(draft({ kind: '4', unknown: true }))).toEqual({})
    expect(lacks(draft({ kind: '4', spot: { address: 'x' } }))).toEqual({})
    expect(lacks(draft({ joins: { id: 'i', number: 'n', how: 'note' } }))).toEqual({})
  })
})

describe('what is kept of a draft', () => {
  const d = () => draft({ line: '打架 138-0000-1234 快来', phone: '13800001234', name: '王' })
  it('is there after the tab was closed, for its own account alone', () => {
    const s = memory()
    makeKeep(s, 'anna', () => at).write(d())
    expect(makeKeep(s, 'anna', () => at + 1000).read()[0]?.draft.line).toBe('打架 138-0000-1234 快来')
    expect(makeKeep(s, 'ben', () => at).read()).toEqual([])
    makeKeep(s, 'anna', () => at + 5).write({ ...d(), key: 'k2', line: 'new call' })
    expect(makeKeep(s, 'anna', () => at + 9).read().map((k) => k.draft.line)).toEqual(['new call', '打架 138-0000-1234 快来'])
    makeKeep(s, 'anna', () => at).drop('k2')
    makeKeep(s, 'anna', () => at).write(draft())
    expect(s.m.size).toBe(0)
  })
  it('has no phone after the shift, nor after logging out', () => {
    expect(withoutCaller(d())).toMatchObject({ line: '打架  快来', phone: '', name: '' })
    const s = memory()
    makeKeep(s, 'anna', () => at).write(d())
    expect(fresh({ draft: d(), at }, at + shiftMs + 1)!.draft.phone).toBe('')
    sweep(s, at + shiftMs + 1)
    expect(JSON.stringify([...s.m.values()])).not.toMatch(/1234|王/)
    sweep(s, at + 30 * 24 * 3600_000)
    expect(s.m.size).toBe(0)
    makeKeep(s, 'anna', Date.now).write(d())
    endShift(s, 'anna')
    expect(JSON.stringify([...s.m.values()])).toMatch(/快来/)
    expect(JSON.stringify([...s.m.values()])).not.toMatch(/1234/)
  })
  it('says when the storage takes nothing, and survives what it cannot read', () => {
    expect(makeKeep(memory(true), 'anna', () => at).write(d())).toBe(false)
    const s = memory()
    s.m.set('zhian.intake.draft.anna.k1', '{')
    expect(makeKeep(s, 'anna', () => at).read()).toEqual([])
    sweep(s, at)
    expect(s.m.size).toBe(0)
  })
})
