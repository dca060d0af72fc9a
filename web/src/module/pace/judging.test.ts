import { describe, expect, it } from 'vitest'
import { readJudged } from './judging'
import { behind, readQuestion } from './question'

const today = '2026-11-25'
describe('a list of judgements', () => {
  it('reads the addresses that figures lead to', () => {
    const to = behind(readQuestion({ period: 'month', by: 'station' }, today), 'S1', 'arrival', 'running')
    expect(readJudged(to.query as never, today)).toEqual({ days: { from: '2026-11-01', to: today }, clock: 'arrival', verdicts: ['waiting', 'running', 'breached'], overdue: false, revised: false, only: { station_id: 'S1' } })
  })
  it('is of today where the address says nothing, and asks nothing odd', () => {
    expect(readJudged({}, today)).toMatchObject({ days: { from: today, to: today }, clock: 'arrival', verdicts: [] })
    expect(readJudged({ clock: 'alarm', verdict: 'guilty,late', overdue: 'yes' }, today)).toMatchObject({ clock: 'arrival', verdicts: ['late'], overdue: false })
  })
})
