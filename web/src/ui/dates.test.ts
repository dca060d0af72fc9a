import { expect, test } from 'vitest'
import { readClock } from './dates'

test('a time is read to the second, or to the minute', () => {
  expect(readClock('14:03:20')).toEqual({ minute: '14:03', second: 20 })
  expect(readClock('140320')).toEqual({ minute: '14:03', second: 20 })
  expect(readClock('9:05')).toEqual({ minute: '09:05', second: 0 })
  for (const wrong of ['', '25:00:00', '14:60', '14:03:60', 'noon']) expect(readClock(wrong)).toBeUndefined()
})
