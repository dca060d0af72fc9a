import type { Tone } from './kinds'

/** The five 12358 clocks in their order, with the minute that names each. */
export const clockNames = ['dispatch', 'acknowledge', 'video', 'contact', 'arrival'] as const
export type ClockName = (typeof clockNames)[number]
export const minuteOf: Record<ClockName, number> = { dispatch: 1, acknowledge: 2, video: 3, contact: 5, arrival: 8 }

/**
 * Clocks that nobody can keep here: no module offers scene video yet, so no button stops them.
 * They are measured, stand on the track of an incident and can be explained on the clock page,
 * but order no queue, tone no row, raise no alarm and are nobody's next thing to do.
 */
const outOfReach: ReadonlySet<string> = new Set<ClockName>(['video'])
export const inReach = (clock: string) => !outOfReach.has(clock)

/** One clock as the server judges it. */
export interface ClockView {
  clock: ClockName
  verdict: string
  dueAt?: number // ms; of running and breached
  targetS?: number
  seconds?: number // of within, late
  because?: string // of excluded
}

/** Seconds before the end from which a clock is about to break: a quarter of its time, at most a minute. */
export const warnS = (targetS: number) => Math.min(60, Math.max(15, targetS / 4))

/** What a clock that runs shows: the tone of what is left, in seconds. */
export function toneOfLeft(left: number, warn: number): Tone {
  return left < 0 ? 'red' : left <= warn ? 'yellow' : 'green'
}

export function toneOf(c: ClockView, left: number): Tone {
  switch (c.verdict) {
    case 'within': return 'green'
    case 'late': case 'breached': return 'red'
    case 'running': return toneOfLeft(left, warnS(c.targetS ?? 60))
  }
  return 'grey'
}
