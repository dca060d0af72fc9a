import { describe, expect, it } from 'vitest'
import { daysOf, daysOfGroup, earlier, monthsOn, spanOf, spanUpTo } from './period'

const today = '2026-11-25' // a Wednesday
describe('periods', () => {
  it.each([
    ['today', '2026-11-25', '2026-11-25'], ['week', '2026-11-23', '2026-11-25'], ['month', '2026-11-01', '2026-11-25'], ['year', '2026-01-01', '2026-11-25'],
  ] as const)('%s', (name, from, to) => expect(daysOf(name, today)).toEqual({ from, to }))
  it('begins a week on Monday, on a Sunday too', () => {
    expect(daysOf('week', '2026-11-29').from).toBe('2026-11-23')
    expect(daysOf('week', '2026-11-23').from).toBe('2026-11-23')
  })
  it('takes free days in either order, and a week where there are none', () => {
    expect(daysOf('free', today, { from: '2026-11-20', to: '2026-11-10' })).toEqual({ from: '2026-11-10', to: '2026-11-20' })
    expect(daysOf('free', today)).toEqual({ from: '2026-11-19', to: today })
  })
})
describe('what a period is compared with', () => {
  it.each([
    ['today', 'period', '2026-11-24', '2026-11-24'], ['week', 'period', '2026-11-16', '2026-11-18'], ['month', 'period', '2026-10-01', '2026-10-25'],
    ['year', 'period', '2025-01-01', '2025-11-25'], ['month', 'year', '2025-11-01', '2025-11-25'], ['today', 'year', '2025-11-25', '2025-11-25'],
  ] as const)('%s against the %s before', (name, against, from, to) => expect(earlier(name, daysOf(name, today), against)).toEqual({ from, to }))
  it('is as long, for free days', () => expect(earlier('free', { from: '2026-11-10', to: '2026-11-19' }, 'period')).toEqual({ from: '2026-10-31', to: '2026-11-09' }))
  it('has no 31st of February', () => {
    expect(monthsOn('2026-03-31', -1)).toBe('2026-02-28')
    expect(monthsOn('2024-02-29', -12)).toBe('2023-02-28')
    expect(monthsOn('2026-01-15', -1)).toBe('2025-12-15')
  })
})
describe('moments', () => {
  it('are those of the zone, the last day whole', () => expect(spanOf({ from: today, to: today }, 'Asia/Shanghai')).toEqual({ from: '2026-11-24T16:00:00.000Z', to: '2026-11-25T16:00:00.000Z' }))
  it('end at the same time of day', () => expect(spanUpTo({ from: today, to: today }, '09:30', 'Asia/Shanghai').to).toBe('2026-11-25T01:30:00.000Z'))
})
describe('groups of a report by time', () => {
  const within = { from: '2026-10-15', to: '2026-11-25' }
  it.each([
    ['day', '2026-11-02', '2026-11-02', '2026-11-02'], ['week', '2026-11-02', '2026-11-02', '2026-11-08'], ['week', '2026-11-23', '2026-11-23', '2026-11-25'],
    ['month', '2026-10', '2026-10-15', '2026-10-31'], ['month', '2026-11', '2026-11-01', '2026-11-25'],
  ])('%s %s', (by, group, from, to) => expect(daysOfGroup(by, group, within)).toEqual({ from, to }))
})
