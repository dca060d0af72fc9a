import { expect, test } from 'vitest'
import type { BoardRow } from './board'
import { matching, perStage, perTone, sorted, staged } from './rows'

const row = (id: string, calledAt: number, due: number, priority: number): BoardRow => ({ row: { id, number: `J00${id}`, address: `Market Street ${id}`, priority } as BoardRow['row'], clocks: [], due, fresh: false, calledAt })
const list = [row('1', 10, 100, 3), row('2', 30, 200, 1), row('3', 20, Infinity, 1)]
const ids = (l: readonly BoardRow[]) => l.map((b) => b.row.id).join('')

test('the queue is sorted by urgency, by the call, by priority', () => {
  expect(ids(sorted(list, 'due'))).toBe('123')
  expect(ids(sorted(list, 'called'))).toBe('231')
  expect(ids(sorted(list, 'priority'))).toBe('231')
  expect(sorted(list, 'due')).toBe(list)
})

test('a filter wants every part of what was typed, wherever it stands', () => {
  const words = (b: BoardRow) => (b.row.id === '2' ? 'fire north' : 'quarrel')
  expect(ids(matching(list, 'market QUARREL', words))).toBe('13')
  expect(ids(matching(list, 'j002', words))).toBe('2')
  expect(ids(matching(list, 'north quarrel', words))).toBe('')
  expect(matching(list, '  ', words)).toBe(list)
})

test('the sums over the queue: by stage, and by the tone at a moment', () => {
  const at = (status: string, due: number): BoardRow => ({ row: { status } as BoardRow['row'], clocks: [{ clock: 'dispatch', verdict: 'running', dueAt: due, targetS: 60 }], due, fresh: false, calledAt: 0 })
  const all = [at('received', 5_000), at('dispatched', 20_000), at('en_route', 90_000), at('on_scene', 90_000), at('strange', 90_000)]
  expect(perStage(all)).toEqual({ waiting: 2, running: 1, there: 1 })
  expect(staged(all, 'waiting')).toEqual(all.slice(0, 2))
  expect(perTone(all, 10_000)).toEqual({ red: 1, yellow: 1, green: 3 })
  expect(perTone(all, 80_000)).toEqual({ red: 2, yellow: 3, green: 0 })
})
