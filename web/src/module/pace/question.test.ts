import { describe, expect, it } from 'vitest'
import { behind, readQuestion, selectionOf, writeQuestion } from './question'

const today = '2026-11-25'
describe('a question', () => {
  it('is this month by station where the address says nothing', () => expect(readQuestion({}, today)).toEqual({ period: 'month', days: { from: '2026-11-01', to: today }, by: 'station', clock: undefined, against: undefined, only: {} }))
  it('comes back from its own address', () => {
    for (const q of [
      readQuestion({ period: 'week', by: 'hour', clock: 'arrival', against: 'year', station_id: 'S1', hour: '0' }, today),
      readQuestion({ from: '2026-11-03', to: '2026-11-09', by: 'kind', area: 'urban' }, today),
    ]) expect(readQuestion(JSON.parse(JSON.stringify(writeQuestion(q)), (_, v) => (typeof v === 'number' ? String(v) : v)), today)).toEqual(q)
  })
  it('takes nothing that the server would refuse', () => expect(readQuestion({ period: 'decade', by: 'person', clock: 'x', area: 'moon', hour: '24', from: '2026-13-01' }, today)).toMatchObject({ by: 'station', clock: undefined, only: {} }))
  it('asks for moments', () => expect(selectionOf({ from: today, to: today }, { kind: '4' }, 'Asia/Shanghai')).toEqual({ from: '2026-11-24T16:00:00.000Z', to: '2026-11-25T16:00:00.000Z', kind: '4' }))
})
describe('what is behind a figure', () => {
  const q = readQuestion({ period: 'month', by: 'station', kind: '4' }, today)
  it('keeps what counted, and the group', () => expect(behind(q, 'S1', 'arrival', 'n').query).toEqual({ kind: '4', station_id: 'S1', from: '2026-11-01', to: today, clock: 'arrival', verdict: 'within,late,measured' }))
  it('narrows a group by time to its days', () => expect(behind({ ...q, by: 'week' }, '2026-11-23', 'dispatch', 'overdue').query).toEqual({ kind: '4', from: '2026-11-23', to: today, clock: 'dispatch', overdue: 'true' }))
  it('asks for midnight as an hour', () => expect(behind({ ...q, by: 'hour' }, '0', 'dispatch', 'running').query).toMatchObject({ hour: '0', verdict: 'waiting,running,breached' }))
})
