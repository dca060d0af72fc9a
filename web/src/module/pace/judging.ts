/** What a list of judgements is asked, as its address says it. */
import type { LocationQuery } from 'vue-router'
import { readDay } from '@/ui/dates'
import { clockNames } from '@/ui/clocks'
import { daysOf, type Days } from './period'
import { readOnly, spanNames, type Measure, type Only } from './question'

export interface Judging { days: Days; clock: Measure; verdicts: string[]; overdue: boolean; revised: boolean; only: Only }
const verdicts = ['waiting', 'running', 'breached', 'within', 'late', 'measured', 'inverted', 'missing', 'censored', 'excluded']
const measures: readonly Measure[] = [...clockNames, ...spanNames]

export function readJudged(q: LocationQuery, today: string): Judging {
  const asked = typeof q.verdict === 'string' ? q.verdict.split(',').filter((v) => verdicts.includes(v)) : []
  return {
    days: daysOf('free', today, { from: readDay(String(q.from ?? '')) ?? readDay(String(q.to ?? '')) ?? today, to: readDay(String(q.to ?? '')) }),
    clock: measures.find((m) => m === q.clock) ?? 'arrival', verdicts: asked, overdue: q.overdue === 'true', revised: q.revised === 'true', only: readOnly(q),
  }
}
