import { describe, expect, it } from 'vitest'
import { asTarget, bodyOf, draftOf, faults, readTarget, validity, type Definition } from './definition'

const v1: Definition = { clock: 'arrival', version: 1, start: 'called', end: 'on_scene', targets: { urban: 480, other: 600 }, excluded_kinds: ['3'], warn_percent: 75 }
const draft = () => ({ ...draftOf('arrival', [v1]), day: '2026-12-01', reason: 'new rule' })

describe('validity', () => {
  const now = Date.parse('2026-11-25T00:00:00Z')
  it.each([[undefined, undefined, 'now'], ['2026-12-01T00:00:00Z', undefined, 'planned'], [undefined, '2026-11-25T00:00:00Z', 'over'], ['2026-01-01T00:00:00Z', '2026-12-01T00:00:00Z', 'now']] as const)('%s to %s is %s', (from, until, want) => expect(validity({ from, until }, now)).toBe(want))
})
describe('targets', () => {
  it.each([['8:00', 480], ['8', 480], ['1：30', 90], ['90s', 90], ['0:05', 5], ['', undefined], ['8:60', undefined], ['soon', undefined], ['-1', undefined]])('%s', (text, want) => expect(readTarget(text)).toBe(want))
  it('are read as they are written', () => { for (const s of [1, 59, 60, 480, 3599]) expect(readTarget(asTarget(s))).toBe(s) })
})
describe('a draft', () => {
  it('begins with what holds today', () => expect(draftOf('arrival', [v1]).targets).toEqual({ urban: '8:00', county_town: '', market_town: '', complex: '', other: '10:00' }))
  it('says what is wrong where it is wrong', () => {
    const wrong = (change: object) => Object.entries(faults({ ...draft(), ...change })).filter(([, v]) => v)
    expect(wrong({})).toEqual([])
    expect(wrong({ day: undefined })).toEqual([['from', 'pace.day_needed']])
    expect(wrong({ reason: ' ' })).toEqual([['reason', 'pace.reason_needed']])
    expect(wrong({ targets: { urban: 'x' } })).toEqual([['targets.urban', 'pace.target_unread']])
    expect(wrong({ targets: {} })).toEqual([['targets', 'pace.target_needed']])
    expect(wrong({ untilDay: '2026-12-01' })).toEqual([['until', 'pace.period_empty']])
  })
  it('is sent as moments of the zone, without the areas that are not judged', () => expect(bodyOf(draft(), 'Asia/Shanghai')).toEqual({ clock: 'arrival', targets: { urban: 480, other: 600 }, excluded_kinds: ['3'], warn_percent: 75, from: '2026-11-30T16:00:00.000Z', reason: 'new rule' }))
})
