/** Periods of reports, as days of the centre's zone. Both days belong to a period. */
import { momentOf } from '@/ui/dates'

export type PeriodName = 'today' | 'week' | 'month' | 'year' | 'free'
export const periodNames: PeriodName[] = ['today', 'week', 'month', 'year', 'free']
/** What a period is compared with: the one before it, or the same of the year before. */
export type Against = 'period' | 'year'
export interface Days { from: string; to: string }
export interface Span { from: string; to: string } // moments; the second does not belong to it

const day = 86_400_000
const plus = (d: string, n: number) => new Date(Date.parse(d) + n * day).toISOString().slice(0, 10)
const between = (a: string, b: string) => Math.round((Date.parse(b) - Date.parse(a)) / day)

/** The same day so many months on; the last of the month where it has no such day. */
export function monthsOn(d: string, n: number): string {
  const [y, m, dd] = d.split('-').map(Number) as [number, number, number]
  const first = new Date(Date.UTC(y, m - 1 + n, 1))
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  return `${first.toISOString().slice(0, 8)}${String(Math.min(dd, last)).padStart(2, '0')}`
}

/** The days of a period that has begun, up to today. */
export function daysOf(name: PeriodName, today: string, free?: Partial<Days>): Days {
  const weekday = (new Date(today).getUTCDay() + 6) % 7
  switch (name) {
    case 'today': return { from: today, to: today }
    case 'week': return { from: plus(today, -weekday), to: today }
    case 'month': return { from: today.slice(0, 8) + '01', to: today }
    case 'year': return { from: today.slice(0, 5) + '01-01', to: today }
  }
  const to = free?.to ?? today
  const from = free?.from ?? plus(to, -6)
  return from <= to ? { from, to } : { from: to, to: from }
}

/** What days are compared with. Of a month that has run for 25 days the 25 first of the one before: like with like. */
export function earlier(name: PeriodName, d: Days, against: Against): Days {
  if (against === 'year') return { from: monthsOn(d.from, -12), to: monthsOn(d.to, -12) }
  switch (name) {
    case 'month': return { from: monthsOn(d.from, -1), to: monthsOn(d.to, -1) }
    case 'year': return { from: monthsOn(d.from, -12), to: monthsOn(d.to, -12) }
    case 'week': return { from: plus(d.from, -7), to: plus(d.to, -7) }
  }
  const n = between(d.from, d.to) + 1
  return { from: plus(d.from, -n), to: plus(d.to, -n) }
}

/** The moments of days in a zone. */
export function spanOf(d: Days, zone?: string): Span {
  return { from: momentOf(d.from, '00:00', zone), to: momentOf(plus(d.to, 1), '00:00', zone) }
}

/** What a running period is compared with ends at the same time of its last day: half a day is not compared with a whole one. */
export function spanUpTo(d: Days, clock: string, zone?: string): Span {
  return { from: momentOf(d.from, '00:00', zone), to: momentOf(d.to, clock, zone) }
}

/** The days of a group of a report by day, week or month, as far as they lie in the report's. */
export function daysOfGroup(by: string, group: string, within: Days): Days {
  const d = by === 'month' ? { from: group + '-01', to: plus(monthsOn(group + '-01', 1), -1) } : by === 'week' ? { from: group, to: plus(group, 6) } : { from: group, to: group }
  return { from: d.from < within.from ? within.from : d.from, to: d.to > within.to ? within.to : d.to }
}
