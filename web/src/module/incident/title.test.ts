import { expect, test } from 'vitest'
import { isLong } from './title'

test('what two lines do not hold can be opened', () => {
  expect(isLong('两户邻居因停车位争执，无人受伤。')).toBe(false)
  expect(isLong('两户邻居因停车位争执，'.repeat(4))).toBe(true)
  expect(isLong('two neighbours quarrel about a parking space')).toBe(false)
  expect(isLong('two neighbours quarrel about a parking space, '.repeat(2))).toBe(true)
  expect(isLong('起火\n有人被困')).toBe(false)
  expect(isLong('起火\n有人被困\n三楼')).toBe(true)
})
