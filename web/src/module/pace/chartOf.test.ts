import { describe, expect, it } from 'vitest'
import { chartOf } from './chartOf'
import { wilson, type Line } from './noise'

const line = (group: string, clock: Line['clock'], within: number, n: number) => ({ group, clock, n, within, rate: n ? within / n : 0, wilson95: wilson(within, n), too_few: n < 30 }) as Line
const words = { name: (g: string) => '<' + g + '>', clock: (c: string) => c, now: 'now', before: 'before' }

describe('the chart of a report', () => {
  it('ranks groups by one clock, and leaves out whom there is too little of', () => {
    const d = chartOf([line('A', 'arrival', 30, 60), line('B', 'arrival', 40, 40), line('C', 'arrival', 3, 3), line('A', 'dispatch', 1, 40)], 'station', 'arrival', words)
    expect(d).toMatchObject({ kind: 'ranking', categories: ['<B>', '<A>'], max: 100, series: [{ data: [100, 50] }] })
  })
  it('draws all clocks side by side, nothing where there is nothing', () => {
    const d = chartOf([line('A', 'arrival', 30, 60), line('A', 'contact', 0, 0)], 'station', undefined, words)
    expect(d).toMatchObject({ kind: 'bar', categories: ['<A>'], series: [{ name: 'arrival', data: [50] }, { name: 'contact', data: [null] }] })
  })
  it('draws time in its order, with what it is compared with beside it', () => {
    const before = new Map([['9', line('9', 'arrival', 20, 40)]])
    const d = chartOf([line('10', 'arrival', 40, 40), line('9', 'arrival', 10, 40)], 'hour', 'arrival', words, before)
    expect(d).toMatchObject({ kind: 'line', categories: ['<9>', '<10>'], series: [{ name: 'now', data: [25, 100] }, { name: 'before', data: [50, null], dashed: true }] })
  })
})
