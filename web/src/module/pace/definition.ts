/** A version of a clock: whether it holds, and the form of a new one. */
import type { Schemas } from '@/shell/client'
import { momentOf } from '@/ui/dates'
import type { ClockName } from '@/ui/clocks'
import { areaClasses } from './question'

export type Definition = Schemas['pace.Definition']

export function validity(d: Pick<Definition, 'from' | 'until'>, now: number): 'now' | 'planned' | 'over' {
  if (d.from && Date.parse(d.from) > now) return 'planned'
  return d.until && Date.parse(d.until) <= now ? 'over' : 'now'
}

/** What a form holds; minutes and seconds are one text, "8:00". An area without a target is not judged. */
export interface Draft { clock: ClockName; targets: Record<string, string>; kinds: string[]; warn?: number; day?: string; time?: string; untilDay?: string; reason: string }

const two = (n: number) => String(n).padStart(2, '0')
export const asTarget = (s: number) => `${Math.floor(s / 60)}:${two(s % 60)}`
/** Seconds of "8:00", "8" (minutes) or "90s"; undefined for what is neither. */
export function readTarget(text: string): number | undefined {
  const s = text.trim().replace('：', ':')
  const m = s.match(/^(\d{1,4})(?::([0-5]\d))?$/)
  if (m) return Number(m[1]) * 60 + Number(m[2] ?? 0)
  const sec = s.match(/^(\d{1,5})\s*s$/i)
  return sec ? Number(sec[1]) : undefined
}

/** A draft begins with what holds today. */
export function draftOf(clock: ClockName, all: Definition[]): Draft {
  const last = all.filter((d) => d.clock === clock).sort((a, b) => b.version - a.version)[0]
  return { clock, targets: Object.fromEntries(areaClasses.map((a) => [a, last?.targets[a] === undefined ? '' : asTarget(last.targets[a]!)])), kinds: [...(last?.excluded_kinds ?? [])], warn: last?.warn_percent ?? 75, time: '00:00', reason: '' }
}

/** What is wrong with a draft before it is sent: key of the fault by field. */
export function faults(d: Draft): Record<string, string | false> {
  const out: Record<string, string | false> = { from: !d.day && 'pace.day_needed', reason: !d.reason.trim() && 'pace.reason_needed', targets: areaClasses.every((a) => !d.targets[a]?.trim()) && 'pace.target_needed' }
  for (const a of areaClasses) {
    const text = d.targets[a]?.trim()
    if (text) out[`targets.${a}`] = readTarget(text) === undefined && 'pace.target_unread'
  }
  if (d.untilDay && d.day && d.untilDay <= d.day) out.until = 'pace.period_empty'
  return out
}

export function bodyOf(d: Draft, zone?: string): Schemas['pace.NewDefinition'] {
  const targets = Object.fromEntries(areaClasses.flatMap((a) => (d.targets[a]?.trim() ? [[a, readTarget(d.targets[a]!)!]] : [])))
  return { clock: d.clock, targets, excluded_kinds: d.kinds, warn_percent: d.warn, from: momentOf(d.day!, d.time ?? '00:00', zone), ...(d.untilDay ? { until: momentOf(d.untilDay, '00:00', zone) } : {}), reason: d.reason.trim() }
}
