import { describe, expect, it } from 'vitest'
import { centreAt, happened, wrongBy, type Base } from './clock'

const minute = 60_000
const t0 = 1_790_000_000_000
const measured = (wrong: number, at = t0, speed = 1): Base => ({ server: at, local: at + wrong, speed })

describe('the time of what was pressed', () => {
  for (const wrong of [-10 * minute, 0, 10 * minute]) {
    it(`is the centre's on a clock that is wrong by ${wrong / minute} min, measured or not`, () => {
      const now = measured(wrong, t0 + 60 * minute)
      const pressed = t0 + 20 * minute + wrong
      expect(happened(pressed, measured(wrong), now, now.local)).toBe(t0 + 20 * minute)
      expect(happened(pressed, undefined, now, now.local)).toBe(t0 + 20 * minute)
    })
  }
  it('holds when the clock is changed in between', () => {
    const now = measured(48 * 60 * minute, t0 + 60 * minute)
    expect(happened(t0 + 20 * minute, measured(0), now, now.local)).toBe(t0 + 20 * minute) // pressed before the change
    const after = t0 + 50 * minute + 48 * 60 * minute
    expect(happened(after, measured(0), now, now.local)).toBe(t0 + 50 * minute) // and after it
  })
  it('is never of the future', () => {
    const now = measured(0, t0)
    for (const pressed of [t0, t0 + minute, t0 + 600 * minute]) {
      expect(happened(pressed, undefined, now, t0)).toBeLessThanOrEqual(t0)
      expect(happened(pressed, measured(-minute), now, t0)).toBeLessThanOrEqual(t0)
    }
  })
  it('runs as fast as the centre', () => {
    expect(centreAt(measured(0, t0, 60), t0 + 1000)).toBe(t0 + minute)
    expect(happened(t0 + 1000, undefined, measured(0, t0, 60), t0 + 3000)).toBe(t0 + minute)
    expect([wrongBy(measured(minute)), wrongBy(measured(minute, t0, 60))]).toEqual([60, 0])
  })
})
