import { describe, expect, it, vi } from 'vitest'
import { keyOf, makeRunning, type Running, type Source } from './running'

const clock = (incident_id: string, clock: Running['clock'], due: number): Running => ({ incident_id, clock, due_at: new Date(due * 1000).toISOString(), started_at: new Date(0).toISOString(), station_id: 'S1', area_class: 'urban', kind_code: '4', definition_version: 1, left_s: due, stage: 'running', can_act: [] })

function board(source: Source) {
  const heard: Record<string, (f: unknown) => void> = {}
  let reload = () => {}
  const waiting: (() => void)[] = []
  const live = { hear: (t: string, fn: (f: unknown) => void) => { heard[t] = fn; return () => { delete heard[t] } }, onReload: (fn: () => void) => { reload = fn; return () => {} } }
  const b = makeRunning(source, live as never, (fn) => void waiting.push(fn))
  return { b, tell: (t: string, id: string) => heard[t]!({ type: t, data: { incident_id: id } }), reload: () => reload(), gathered: async () => { for (const fn of waiting.splice(0)) fn(); await vi.waitFor(() => true) } }
}
const shown = (b: ReturnType<typeof makeRunning>) => b.list.value.map(keyOf)

describe('running clocks', () => {
  it('stand by what is left, and follow their incidents', async () => {
    const of = vi.fn(async (ids: string[]) => (ids.includes('I1') ? [clock('I1', 'acknowledge', 5)] : []))
    const { b, tell, gathered } = board({ all: async () => [clock('I1', 'dispatch', 60), clock('I2', 'dispatch', 30)], of })
    b.start()
    await vi.waitFor(() => expect(shown(b)).toEqual(['I2.dispatch', 'I1.dispatch']))
    tell('incident.*', 'I1')
    tell('pace.*', 'I1')
    tell('incident.*', 'I2')
    expect(of).not.toHaveBeenCalled()
    await gathered()
    await vi.waitFor(() => expect(shown(b)).toEqual(['I1.acknowledge']))
    expect(of).toHaveBeenCalledTimes(1)
    expect(of).toHaveBeenCalledWith(['I1', 'I2'])
  })
  it('stay when the server does not answer, and are asked for again', async () => {
    let down = true
    const { b, tell, gathered } = board({ all: async () => [clock('I1', 'dispatch', 60)], of: async () => { if (down) throw new Error('down'); return [] } })
    b.start()
    await vi.waitFor(() => expect(b.state.value).toBe('ready'))
    tell('incident.*', 'I1')
    await gathered()
    expect(shown(b)).toEqual(['I1.dispatch'])
    down = false
    tell('incident.*', 'I9')
    await gathered()
    await vi.waitFor(() => expect(shown(b)).toEqual([]))
  })
  it('say that they could not be loaded, and can be loaded again', async () => {
    let n = 0
    const { b } = board({ all: async () => { if (n++ === 0) throw new Error('no'); return [] }, of: async () => [] })
    b.start()
    await vi.waitFor(() => expect(b.state.value).toBe('failed'))
    await b.load()
    expect(b.state.value).toBe('ready')
  })
})
