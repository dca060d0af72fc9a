import { expect, test } from 'vitest'
import { boundsOf, centreOf, planOf } from './geometry'

test('a plan leads there and back, and keeps inside of its box', () => {
  const plan = planOf([119, 28, 121, 30], 800, 600)
  const at = plan.to([120.3, 29.1])
  const back = plan.from(at)
  expect(back[0]).toBeCloseTo(120.3, 9)
  expect(back[1]).toBeCloseTo(29.1, 9)
  for (const corner of [[119, 28], [121, 30]] as [number, number][]) {
    const [x, y] = plan.to(corner)
    expect(x).toBeGreaterThanOrEqual(15.9)
    expect(y).toBeGreaterThanOrEqual(15.9)
    expect(x).toBeLessThanOrEqual(784.1)
    expect(y).toBeLessThanOrEqual(584.1)
  }
})

test('a plan keeps free what something stands over', () => {
  const room = { top: 100, right: 50, bottom: 20, left: 300 }
  const plan = planOf([119, 28, 121, 30], 1000, 600, room)
  for (const corner of [[119, 28], [121, 30]] as [number, number][]) {
    const [x, y] = plan.to(corner)
    expect(x).toBeGreaterThanOrEqual(room.left - 0.1)
    expect(x).toBeLessThanOrEqual(1000 - room.right + 0.1)
    expect(y).toBeGreaterThanOrEqual(room.top - 0.1)
    expect(y).toBeLessThanOrEqual(600 - room.bottom + 0.1)
  }
  expect(plan.from(plan.to([120.3, 29.1]))[0]).toBeCloseTo(120.3, 9)
})

test('a name stands in the centre of the largest ring; what is no area has none', () => {
  const square = (x: number, y: number, r: number) => [[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r], [x - r, y - r]]
  expect(centreOf({ type: 'MultiPolygon', coordinates: [[square(0, 0, 1)], [square(10, 10, 2)]] })).toEqual([10, 10])
  expect(centreOf({ type: 'Point', coordinates: [1, 2] })).toBeUndefined()
  expect(boundsOf([])).toBeUndefined()
})
