import { expect, test } from 'vitest'
import type { Assignment } from './case'
import { rankOfEnd } from './endings'
import { offered, unitsFor, verbs, type VerbId } from './verbs'

const unit = (no: number, unit_id: string, state: Assignment['state'], more: Partial<Assignment> = {}): Assignment => ({ no, unit_id, state, ...more })
const ids = (list: { id: VerbId }[]) => list.map((v) => v.id)
const all = () => true

test('what is offered follows from where the incident stands', () => {
  expect(ids(offered({ status: 'received', assignments: [] }, all))).toEqual(['dispatch', 'contact', 'note', 'close', 'priority', 'correct', 'merge', 'link', 'withdraw'])
  expect(ids(offered({ status: 'dispatched', assignments: [unit(1, 'a', 'dispatched')] }, all))).toEqual(['dispatch', 'contact', 'note', 'close', 'acknowledged', 'en_route', 'on_scene', 'cleared', 'feedback', 'priority', 'correct', 'unassign', 'link', 'withdraw'])
  expect(ids(offered({ status: 'closed', assignments: [unit(1, 'a', 'cleared')] }, all))).toEqual(['note', 'reopen', 'feedback', 'correct', 'link'])
  expect(ids(offered({ status: 'merged', assignments: [] }, all))).not.toContain('reopen')
  expect(ids(offered({ status: 'received', outside: true }, all))).toContain('transfer')
  expect(ids(offered({ status: 'received', linked: ['j'] }, all))).toContain('unlink')
  expect(offered(undefined, all)).toEqual([])
})

test('what one may not do is not offered', () => {
  expect(ids(offered({ status: 'received' }, (p) => p === 'incident.respond'))).toEqual(['contact', 'close', 'withdraw'])
  expect(ids(offered({ status: 'received' }, (p) => p === 'incident.note'))).toEqual(['note'])
  expect(offered({ status: 'received' }, () => false)).toEqual([])
})

test('a step is offered for the units that have not come to it, hazards for those that do not know them', () => {
  const list = [unit(1, 'a', 'acknowledged'), unit(2, 'b', 'on_scene', { hazards_seen: true }), unit(3, 'c', 'reserved'), unit(4, 'd', 'dispatched', { withdrawn: true })]
  const of = (id: VerbId) => unitsFor(id, list).map((a) => a.unit_id).join('')
  expect(of('acknowledged')).toBe('')
  expect(of('en_route')).toBe('a')
  expect(of('cleared')).toBe('ab')
  expect(of('unassign')).toBe('abc')
  expect(of('hazards')).toBe('ac')
  expect(of('feedback')).toBe('abcd')
})

test('a unit that was sent twice counts once, by its last part', () => {
  expect(unitsFor('unassign', [unit(1, 'a', 'cleared'), unit(2, 'a', 'dispatched')]).map((a) => a.no)).toEqual([2])
})

test('no two verbs have one key, and the one for everything else is the last way to end', () => {
  const keys = verbs.flatMap((v) => v.keys ?? [])
  expect(new Set(keys).size).toBe(keys.length)
  expect(['other', 'of_our_own', 'mediated'].sort((a, b) => rankOfEnd(a) - rankOfEnd(b))).toEqual(['mediated', 'of_our_own', 'other'])
})
