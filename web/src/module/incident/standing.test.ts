import { describe, expect, it } from 'vitest'
import type { ClockView } from '@/ui/clocks'
import type { BoardRow } from './board'
import { standingOf } from './standing'

const now = Date.parse('2026-11-25T06:00:00Z')
const judged = (...verdicts: [ClockView['clock'], string][]): ClockView[] => verdicts.map(([clock, verdict]) => ({ clock, verdict }))
const row = (...dueIn: number[]): BoardRow => ({ clocks: dueIn.map((s) => ({ clock: 'arrival', verdict: 'running', dueAt: now + s * 1000, targetS: 480 })) }) as never

describe('how an incident stands', () => {
  it('is what the next clock says that runs', () => {
    expect(standingOf('dispatched', judged(['dispatch', 'late'], ['arrival', 'running']), row(300), now)).toEqual({ tone: 'green', broken: [] })
    expect(standingOf('dispatched', undefined, row(20), now)).toEqual({ tone: 'yellow', broken: [] })
    expect(standingOf('dispatched', undefined, row(-1), now)).toEqual({ tone: 'red', broken: [] })
  })
  it('is overdue when a clock was broken and none runs any more, also after the end', () => {
    const late = judged(['dispatch', 'within'], ['arrival', 'late'], ['acknowledge', 'late'], ['video', 'missing'])
    expect(standingOf('on_scene', late, row(), now)).toEqual({ tone: 'red', broken: ['acknowledge', 'arrival'] })
    expect(standingOf('closed', late, undefined, now)).toEqual({ tone: 'red', broken: ['acknowledge', 'arrival'] })
    expect(standingOf('closed', judged(['contact', 'breached']), undefined, now)).toEqual({ tone: 'red', broken: ['contact'] })
  })
  it('is not overdue by a clock that nobody can keep, nor waits for one', () => {
    expect(standingOf('closed', judged(['video', 'breached']), undefined, now)).toBeUndefined()
    expect(standingOf('on_scene', judged(['arrival', 'within'], ['video', 'breached']), row(), now)).toEqual({ tone: 'green', broken: [] })
    expect(standingOf('on_scene', judged(['arrival', 'late'], ['video', 'running']), row(), now)).toEqual({ tone: 'red', broken: ['arrival'] })
  })
  it('is in time when all was, while it is open; an ended one needs no such word', () => {
    expect(standingOf('on_scene', judged(['dispatch', 'within'], ['contact', 'excluded']), row(), now)).toEqual({ tone: 'green', broken: [] })
    expect(standingOf('closed', judged(['dispatch', 'within']), undefined, now)).toBeUndefined()
  })
  it('says nothing while nothing is known', () => {
    expect(standingOf('on_scene', undefined, row(), now)).toBeUndefined()
    expect(standingOf('received', judged(['contact', 'excluded']), undefined, now)).toBeUndefined()
    expect(standingOf('received', judged(['arrival', 'running']), undefined, now)).toBeUndefined()
  })
})
