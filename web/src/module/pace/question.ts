/** What a report is asked, as its address says it: every figure has an address, and going back works. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { readDay } from '@/ui/dates'
import { clockNames, type ClockName } from '@/ui/clocks'
import { daysOf, daysOfGroup, periodNames, spanOf, type Against, type Days, type PeriodName } from './period'

export const groups = ['none', 'station', 'call_taker', 'kind', 'area', 'hour', 'day', 'week', 'month'] as const
export type Group = (typeof groups)[number]
export const spanNames = ['arrival_from_dispatch', 'departure', 'feedback'] as const
export type Measure = ClockName | (typeof spanNames)[number]
export const areaClasses = ['urban', 'county_town', 'market_town', 'complex', 'other'] as const

/** Which incidents count, beside the period. */
export interface Only { station_id?: string; call_taker?: string; kind?: string; area?: (typeof areaClasses)[number]; hour?: number }
export interface Question {
  period: PeriodName
  days: Days
  by: Group
  clock?: Measure // one in full; without it all five side by side
  against?: Against
  only: Only
}

type Value = LocationQuery[string] | undefined
const text = (v: Value) => (typeof v === 'string' && v !== '' ? v : undefined)
const one = <T extends string>(v: Value, of: readonly T[]) => of.find((x) => x === v)

export function readOnly(q: LocationQuery): Only {
  const hour = Number(text(q.hour) ?? NaN)
  return prune({ station_id: text(q.station_id), call_taker: text(q.call_taker), kind: text(q.kind), area: one(q.area, areaClasses), hour: Number.isInteger(hour) && hour >= 0 && hour < 24 ? hour : undefined })
}

export function readQuestion(q: LocationQuery, today: string): Question {
  const period = one(q.period, periodNames) ?? (text(q.from) || text(q.to) ? 'free' : 'month')
  return {
    period, days: daysOf(period, today, { from: readDay(text(q.from) ?? ''), to: readDay(text(q.to) ?? '') }),
    by: one(q.by, groups) ?? 'station', clock: one(q.clock, [...clockNames, ...spanNames]), against: one(q.against, ['period', 'year'] as const), only: readOnly(q),
  }
}

export function writeQuestion(q: Question): LocationQueryRaw {
  const free = q.period === 'free' ? q.days : undefined
  return prune({ period: free ? undefined : q.period, from: free?.from, to: free?.to, by: q.by, clock: q.clock, against: q.against, ...q.only })
}

/** What the server is asked: moments, and what counts. */
export function selectionOf(days: Days, only: Only, zone?: string) {
  return { ...spanOf(days, zone), ...only }
}

/** What stands behind a figure of a report. */
export type Figure = 'all' | 'n' | 'within' | 'late' | 'missing' | 'inverted' | 'censored' | 'running' | 'excluded' | 'overdue' | 'revised'
const verdicts: Record<Figure, string | undefined> = {
  all: undefined, n: 'within,late,measured', within: 'within', late: 'late', missing: 'missing', inverted: 'inverted', censored: 'censored', running: 'waiting,running,breached', excluded: 'excluded', overdue: undefined, revised: undefined,
}
/** The member of a selection that a group of a report narrows. */
const narrows: Partial<Record<Group, keyof Only>> = { station: 'station_id', call_taker: 'call_taker', kind: 'kind', area: 'area', hour: 'hour' }

/** The address of the incidents behind a figure. */
export function behind(q: Pick<Question, 'days' | 'by' | 'only'>, group: string, clock: Measure, figure: Figure) {
  const member = narrows[q.by]
  const timed = q.by === 'day' || q.by === 'week' || q.by === 'month'
  const days = timed ? daysOfGroup(q.by, group, q.days) : q.days
  return {
    path: '/s/clock/judgements',
    query: prune({ ...q.only, ...(member && group !== '' ? { [member]: group } : {}), from: days.from, to: days.to, clock, verdict: verdicts[figure], overdue: figure === 'overdue' ? 'true' : undefined, revised: figure === 'revised' ? 'true' : undefined }),
  }
}

function prune<T extends object>(o: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as never
}
