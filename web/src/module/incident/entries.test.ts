import { expect, test } from 'vitest'
import type { Entry } from './case'
import { told, type Teller } from './entries'

const w: Teller = {
  t: (key, p = {}) => `${key.replace('incident.', '')}${Object.values(p).filter((v) => v !== '').length ? `(${Object.values(p).filter((v) => v !== '').join(',')})` : ''}`, te: (key) => key !== 'incident.why.asked',
  clock: (at) => at.slice(11, 19), full: (at) => at.slice(0, 19), distance: (m) => `${m}m`, duration: (s) => `${s}s`,
  callSign: (u) => u.toUpperCase(), nameOf: (u) => (u ? `name of ${u}` : ''), kind: (c) => `kind ${c}`, station: (s) => `station ${s}`, number: (i) => `no ${i}`,
}
const entry = (kind: Entry['kind'], detail: Entry['detail'], more: Partial<Entry> = {}): Entry => ({ incident_id: 'i', seq: 3, kind, occurred_at: '2026-11-25T14:03:20Z', recorded_at: '2026-11-25T14:03:21Z', by: 'anna', source: 'console', detail, ...more })

test('an entry says what, who and when', () => {
  expect(told(entry('note', { text: 'two people' }), w)).toEqual({ id: '3', time: '14:03:20', text: 'entry.note', by: 'name of anna', detail: 'two people', tone: undefined, late: undefined })
})

test('what became known late says so, and what came from a handset too', () => {
  const late = told(entry('step', { unit_id: 'd1', step: 'on_scene' }, { recorded_at: '2026-11-25T14:10:00Z', source: 'handset', device: 'x' }), w)
  expect(late.text).toBe('entry.step_on_scene(D1)')
  expect(late.by).toBe('name of anna · source.handset · from_handset')
  expect(late.late).toBe('entry.late(2026-11-25T14:10:00)')
})

test('a dispatch keeps why, in spite of what, and what else there was', () => {
  const e = told(entry('assigned', { unit_id: 'd1', step: 'dispatched', reason: 'asked for it', shortfalls: ['engaged'], ranking: [{ unit_id: 'd1', eta_s: 90 }, { unit_id: 'd2', eta_s: 60, distance_m: 500 }, { unit_id: 'd3', shortfalls: ['engaged'] }] }), w)
  expect(e.text).toBe('entry.assigned(D1)')
  expect(e.detail).toBe('entry.in_spite_of(lack.engaged)\nentry.alternatives(D2 500m 60s)\nentry.reason(asked for it)')
})

test('a correction says what it is now, and whose it has become', () => {
  const place = { address: 'Market 8', station_id: 's2', area_class: 'urban', position: { lat: 29, lon: 120 } }
  expect(told(entry('corrected', { field: 'address', place, from_station: 's1' }), w).detail).toBe('Market 8\nentry.other_station(station s1,station s2)')
  expect(told(entry('corrected', { field: 'point', place, from_station: 's2' }), w).detail).toBe('29.000000, 120.000000')
  expect(told(entry('corrected', { field: 'on_scene', unit_id: 'd1', at: '2026-11-25T14:00:00Z' }), w)).toMatchObject({ text: 'entry.corrected(field_of.on_scene,D1)', detail: '2026-11-25T14:00:00' })
})

test('every other kind has a head of its own', () => {
  expect(told(entry('merged', { other: 'j' }), w).text).toBe('entry.merged(no j)')
  expect(told(entry('contacted', { answered: true }), w).text).toBe('entry.contacted')
  expect(told(entry('contacted', {}), w).text).toBe('entry.not_answered')
  expect(told(entry('closed', { disposition: 'mediated' }), w).text).toBe('entry.closed(disposition.mediated)')
  expect(told(entry('priority', { priority: 1 }), w).text).toBe('entry.priority(priority.1)')
})
