import type { Schemas } from '@/shell/client'
import { clockNames, inReach, type ClockName, type ClockView } from '@/ui/clocks'
import { isOpen } from './case'
import { toneOfRow, type BoardRow } from './board'

/** How an incident stands by its clocks: how the next one stands that runs, or which were broken. */
export interface Standing {
  tone: 'red' | 'yellow' | 'green'
  broken: ClockName[] // of one none of whose clocks runs any more
}

/** The clocks of an incident as the server has judged them. */
export const judgedOf = (view: Schemas['pace.View'] | undefined): ClockView[] | undefined => view?.clocks.map((j) => ({
  clock: j.clock as ClockName, verdict: j.verdict, dueAt: j.due ? Date.parse(j.due) : undefined, targetS: j.target_s, seconds: j.seconds, because: j.because,
}))

const runs = (c: ClockView) => c.verdict === 'running' || c.verdict === 'breached'

/**
 * The clock that runs says how an incident stands. When none does, those that were
 * broken do, also after the end; nothing is said while nothing is known.
 */
export function standingOf(status: string, judged: ClockView[] | undefined, row?: BoardRow, now?: number): Standing | undefined {
  if (isOpen(status) && row?.clocks.length) return { tone: toneOfRow(row, now), broken: [] }
  if (!judged) return undefined
  const kept = judged.filter((c) => inReach(c.clock))
  if (isOpen(status) && kept.some(runs)) return row && { tone: toneOfRow(row, now), broken: [] }
  const broken = clockNames.filter((name) => kept.some((c) => c.clock === name && (c.verdict === 'late' || c.verdict === 'breached')))
  if (broken.length) return { tone: 'red', broken }
  return isOpen(status) && kept.some((c) => c.verdict === 'within') ? { tone: 'green', broken } : undefined
}
