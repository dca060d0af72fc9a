import { describe, expect, it } from 'vitest'
import { fromAddress, toServer } from './filter'
import { beginOf, moved, periodOf, said, wider, widthOf } from './spread'

const at = (text: string) => Date.parse(text + '+08:00')
const now = at('2026-11-25T14:05:00')

describe('the time of the bars', () => {
  it('is what is asked for, else the last thirty days', () => {
    expect(periodOf({}, now)).toEqual({ from: at('2026-10-27T00:00'), to: at('2026-11-26T00:00') })
    expect(periodOf({ from: '2026-11-25' }, now)).toEqual({ from: at('2026-11-25T00:00'), to: at('2026-11-26T00:00') })
    expect(periodOf({ to: '2026-11-01' }, now)).toEqual({ from: at('2026-10-03T00:00'), to: at('2026-11-02T00:00') })
    expect(periodOf({ from: '2026-11-25T14:00', to: '2026-11-25T14:05' }, now)).toEqual({ from: at('2026-11-25T14:00'), to: at('2026-11-25T14:05') })
    expect(periodOf({ from: '2026-12-01' }, now)).toEqual({ from: at('2026-12-01T00:00'), to: at('2026-12-02T00:00') })
  })
  it('is cut into as many bars as can be told apart', () => {
    const of = (minutes: number) => widthOf({ from: 0, to: minutes * 60_000 })
    expect([5, 72, 73, 24 * 60, 3 * 1440, 30 * 1440, 80 * 1440, 5 * 365 * 1440].map(of)).toEqual([1, 1, 5, 60, 60, 1440, 10_080, 40_320])
    const p = { from: 0, to: 100 * 60_000 }
    expect([beginOf(p, 60, 0), beginOf(p, 60, 1), beginOf(p, 60, 2)]).toEqual([0, 3_600_000, 6_000_000])
  })
  it('goes into the address and comes back, in days where it can', () => {
    for (const [from, to, text] of [['2026-11-24T00:00', '2026-11-26T00:00', { from: '2026-11-24', to: '2026-11-25' }], ['2026-11-25T14:00', '2026-11-26T00:00', { from: '2026-11-25T14:00', to: '2026-11-26T00:00' }]] as const) {
      expect(said({ from: at(from), to: at(to) })).toEqual(text)
      expect(toServer(fromAddress(text))).toMatchObject({ from: new Date(at(from)).toISOString(), to: new Date(at(to)).toISOString() })
    }
    expect(fromAddress({ from: 'yesterday', to: '2026-11-25T25:00', q: 'x' })).toEqual({ q: 'x' })
    expect(fromAddress({ from: '2026-02-30', to: '2026-11-25T1:00' })).toEqual({})
  })
  it('is widened step by step', () => {
    const f = { from: '2026-11-25T14:00', to: '2026-11-26T00:00' }
    expect(wider(f, periodOf(f, now))).toEqual({ from: '2026-11-25', to: '2026-11-25' })
    expect(wider({ from: '2026-11-25' }, periodOf({ from: '2026-11-25' }, now))).toEqual({ from: undefined, to: undefined })
  })
  it('keeps a bar between its edges', () => {
    expect([moved([2, 5], 0, 9, 8), moved([2, 5], 0, -3, 8), moved([2, 5], 1, 1, 8), moved([2, 5], 1, 99, 8)]).toEqual([[4, 5], [0, 5], [2, 3], [2, 8]])
  })
})
