import { expect, test } from 'vitest'
import type { BoardRow } from './board'
import { makePoints } from './points'

const row = (id: string, due: number, lon = 120, extra: Partial<BoardRow['row']> = {}): BoardRow => ({
  row: { id, number: id, kind_code: '4', address: `Road ${id}`, position: { lon, lat: 29 }, ...extra } as BoardRow['row'],
  clocks: [{ clock: 'dispatch', verdict: 'running', dueAt: due, targetS: 60 }], due, fresh: false, calledAt: 0,
})
const named = (b: BoardRow) => `Traffic ${b.row.address}`

test('what looks as it did is the same point, and all of them the same list', () => {
  const pointsOf = makePoints(named)
  const [a, b] = [row('a', 100_000), row('b', 200_000)]
  const before = pointsOf([a, b], 0)
  expect(before.map((p) => [p.id, p.icon, p.rank, p.label])).toEqual([['a', 'green', 1, 'Traffic Road a'], ['b', 'green', 1, 'Traffic Road b']])
  const noted = { ...a, row: { ...a.row, version: 9 } as BoardRow['row'] }
  expect(pointsOf([noted, b], 10_000)).toBe(before)
  const later = pointsOf([noted, b], 90_000)
  expect(later).not.toBe(before)
  expect(later.map((p) => p.icon)).toEqual(['yellow', 'green'])
  expect(later[1]).toBe(before[1])
})

test('what moves, is named anew, comes or goes is another list', () => {
  let name = 'Traffic'
  const pointsOf = makePoints((b) => `${name} ${b.row.address}`)
  let was = pointsOf([row('a', 100_000), row('b', 200_000)], 0)
  for (const [list, word, ids] of [
    [[row('a', 100_000, 121), row('b', 200_000)], 'Traffic', ['a', 'b']],
    [[row('a', 100_000, 121), row('b', 200_000, 120, { address: 'Bridge' })], 'Traffic', ['a', 'b']],
    [[row('a', 100_000, 121)], 'Traffic', ['a']],
    [[row('c', 100_000, 121)], 'Traffic', ['c']],
    [[row('c', 100_000, 121)], 'Fire', ['c']],
    [[row('c', 100_000, 121, { position: undefined })], 'Fire', []],
  ] as const) {
    name = word
    const now = pointsOf(list, 0)
    expect(now).not.toBe(was)
    expect(now.map((p) => p.id)).toEqual(ids)
    was = now
  }
})
