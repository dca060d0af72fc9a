import { formats } from '@/shell/format'
import { endOf, startOf, type Filter } from './filter'

/** A time, in ms since 1970; to is over. */
export interface Period { from: number; to: number }

const minuteMs = 60_000
const dayMs = 86_400_000
const widths = [1, 5, 15, 60, 360, 1440, 10_080] // minutes of a bar
const most = 72 // bars that can be told apart, and hit
const usualDays = 30

/** What the bars are of: what is asked for, or the last days. */
export function periodOf(f: Pick<Filter, 'from' | 'to'>, now: number, zone?: string): Period {
  const midnight = (at: number) => startOf(formats('zh-CN', zone).date(at), zone)
  const to = f.to ? endOf(f.to, zone) : midnight(now + dayMs)
  const from = f.from ? startOf(f.from, zone) : midnight(to - (usualDays - 0.5) * dayMs)
  return from < to ? { from, to } : { from, to: from + dayMs }
}

/** Minutes of a bar: the least that does not make too many. */
export const widthOf = (p: Period) => widths.find((w) => (p.to - p.from) / minuteMs / w <= most) ?? Math.ceil((p.to - p.from) / minuteMs / most / 10_080) * 10_080

/** Where a bar begins; that of the one behind the last is where the time ends. */
export const beginOf = (p: Period, width: number, i: number) => Math.min(p.from + i * width * minuteMs, p.to)

/** A time as it stands in the address: in days where it is of whole days. */
export function said(p: Period, zone?: string): { from: string; to: string } {
  const f = formats('zh-CN', zone)
  const whole = [p.from, p.to].every((at) => f.minute(at) === '00:00')
  const moment = (at: number) => `${f.date(at)}T${f.minute(at)}`
  return whole ? { from: f.date(p.from), to: f.date(p.to - 1) } : { from: moment(p.from), to: moment(p.to) }
}

/** The next wider time: whole days where it was a part of one, else any. */
export function wider(f: Pick<Filter, 'from' | 'to'>, p: Period, zone?: string): { from?: string; to?: string } {
  const date = formats('zh-CN', zone).date
  return [f.from, f.to].some((x) => x && x.length > 10) ? { from: date(p.from), to: date(p.to - 1) } : { from: undefined, to: undefined }
}

/** Two edges of n bars after one was moved: they keep a bar between them. */
export function moved(edges: [number, number], which: 0 | 1, to: number, n: number): [number, number] {
  return which === 0 ? [Math.max(0, Math.min(to, edges[1] - 1)), edges[1]] : [edges[0], Math.min(n, Math.max(to, edges[0] + 1))]
}
