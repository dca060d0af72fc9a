import { expect, test } from 'vitest'
import { broughtIn, inSight } from './rows'

test('rows in sight, and some before and after, and never one that is not there', () => {
  expect(inSight(0, 100, 50, 10, 0)).toEqual([0, 2])
  expect(inSight(49, 100, 50, 10, 0)).toEqual([0, 3])
  expect(inSight(120, 100, 50, 10, 1)).toEqual([1, 6])
  expect(inSight(0, 100, 50, 10, 4)).toEqual([0, 6])
  expect(inSight(450, 100, 50, 10, 4)).toEqual([5, 10])
  expect(inSight(9000, 100, 50, 3, 1)).toEqual([3, 3]) // the list has become short under a scrolled box
  expect(inSight(0, 100, 50, 0, 8)).toEqual([0, 0])
})

test('a row is brought in by the shortest way, and one in sight moves nothing', () => {
  expect(broughtIn(3, 100, 200, 50)).toBe(100)
  expect(broughtIn(1, 100, 200, 50)).toBe(50)
  expect(broughtIn(6, 100, 200, 50)).toBe(150)
  expect(broughtIn(0, 0, 30, 50)).toBe(20) // a box lower than a row shows its end
})
