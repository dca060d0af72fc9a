import { expect, test } from 'vitest'
import { costOf, summed } from './ranking'

test('an alternative costs what it would be later, and nothing where nobody knows', () => {
  expect(costOf({ eta_s: 200 }, { eta_s: 70.4 })).toBe(130)
  expect(costOf({ eta_s: 70 }, { eta_s: 70 })).toBeUndefined()
  expect(costOf({ eta_s: 60 }, { eta_s: 70 })).toBeUndefined()
  expect(costOf({}, { eta_s: 70 })).toBeUndefined()
  expect(costOf({ eta_s: 70 }, {})).toBeUndefined()
})

test('shortfalls are told by how many they hold back', () => {
  expect(summed({ engaged: 5, off_duty: 7, no_position: 0, no_candidates: 1 })).toEqual([['off_duty', 7], ['engaged', 5]])
})
