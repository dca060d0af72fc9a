import { describe, expect, it } from 'vitest'
import { differ, standing, sumOf, total, wilson, type Line } from './noise'

const line = (within: number, n: number): Line => ({ group: '', clock: 'arrival', n, within, rate: n ? within / n : 0, wilson95: wilson(within, n), too_few: n < 30, missing: 1, inverted: 0, censored: 2, running: 3, excluded: 4, overdue: 1, revised: 0, rank: 0, tied: 0, p50_s: 0, p90_s: 0, p95_s: 0, definition_versions: [1] })

describe('bounds', () => {
  it('are those of the server', () => {
    const w = wilson(12, 30) // module/pace: 12 of 30 is 0.2459 … 0.5768
    expect([w.low.toFixed(4), w.high.toFixed(4)]).toEqual(['0.2459', '0.5768'])
  })
  it('of nothing are everything', () => expect(wilson(0, 0)).toEqual({ low: 0, high: 1 }))
})
describe('standing', () => {
  const whole = line(900, 1000)
  it('says nothing of few', () => expect(standing(line(0, 29), whole)).toBe('few'))
  it('is apart only beyond the bounds', () => {
    expect(standing(line(27, 30), whole)).toBe('alike')
    expect(standing(line(26, 30), whole)).toBe('alike')
    expect(standing(line(15, 30), whole)).toBe('below')
    expect(standing(line(200, 200), whole)).toBe('above')
  })
  it('compares nothing with itself', () => expect(standing(whole, whole)).toBe('alike'))
})
describe('sums', () => {
  it('count all that was counted', () => {
    const s = sumOf([line(10, 20), line(20, 20)])
    expect(s).toMatchObject({ n: 40, within: 30, rate: 0.75, too_few: false, missing: 2, running: 6, overdue: 2 })
    expect(total(line(1, 5))).toBe(15)
  })
  it('tell two periods apart by their bounds', () => {
    expect(differ(line(900, 1000), line(500, 1000))).toBe(true)
    expect(differ(line(90, 100), line(88, 100))).toBe(false)
    expect(differ(line(0, 10), line(10, 10))).toBe(false)
  })
})
