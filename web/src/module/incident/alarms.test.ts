import { expect, test } from 'vitest'
import { makeAlarms } from '@/shell/alarm'
import { judge } from './alarms'
import type { BoardRow } from './board'

function city() {
  let now = 0
  const played: number[] = []
  const alarms = makeAlarms({ play: (p) => { played.push(p); return true } }, () => now)
  const row = (clock: 'dispatch' | 'arrival' | 'video', due: number): BoardRow => ({ row: { id: 'i', number: 'J1', address: 'Market 8' } as BoardRow['row'], clocks: [{ clock, verdict: 'running', dueAt: due, targetS: 60 }], due, fresh: false, calledAt: 0 })
  return { alarms, played, row, at: (t: number, list: BoardRow[], since = 0) => { now = t; judge(list, alarms, t, since); alarms.remind() } }
}

test('a dispatch clock is told of before it breaks, and louder when it has', () => {
  const { alarms, played, row, at } = city()
  const list = [row('dispatch', 60_000)]
  at(10_000, list)
  expect(played).toEqual([])
  at(46_000, list)
  at(50_000, list)
  expect(played).toEqual([2])
  at(61_000, list)
  expect(played).toEqual([2, 1])
  at(122_000, list)
  expect(played).toEqual([2, 1, 1])
  alarms.acknowledge()
  at(200_000, list)
  expect(played).toEqual([2, 1, 1])
  expect(alarms.open.value).toEqual([])
  expect(alarms.all.value).toHaveLength(1)
  at(201_000, [])
  expect(alarms.all.value).toEqual([])
})

test('what is acknowledged in one window is in the other, and is not told on', () => {
  const told: unknown[] = []
  const line = { onmessage: null as ((e: { data: string | undefined }) => void) | null, postMessage: (id: string | undefined) => { told.push(id) } }
  const alarms = makeAlarms({ play: () => true }, () => 0, line)
  alarms.raise({ id: 'a', priority: 1, key: 'x' })
  alarms.raise({ id: 'b', priority: 2, key: 'x' })
  line.onmessage!({ data: 'a' })
  expect(alarms.open.value.map((a) => a.id)).toEqual(['b'])
  expect(told).toEqual([])
  alarms.acknowledge()
  expect(told).toEqual([undefined])
  expect(alarms.open.value).toEqual([])
})

test('what was overdue before anybody looked is no alarm, and another clock says so once', () => {
  const { alarms, played, row, at } = city()
  at(100_000, [row('dispatch', 60_000)], 90_000)
  expect(alarms.all.value).toEqual([])
  at(500_000, [row('arrival', 480_000)], 90_000)
  at(501_000, [row('arrival', 480_000)], 90_000)
  expect(played).toEqual([2])
})

test('a clock that nobody can keep is no alarm', () => {
  const { alarms, played, row, at } = city()
  at(190_000, [row('video', 180_000)])
  expect([played, alarms.all.value]).toEqual([[], []])
})
