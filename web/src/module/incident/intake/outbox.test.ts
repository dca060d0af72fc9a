import { describe, expect, it } from 'vitest'
import { Problem } from '@/shell/problem'
import { emptyDraft } from './draft'
import { makeOutbox, type Job } from './outbox'

function desk(answers: (object | Problem)[], disk = new Map<string, string>()) {
  const sent: string[] = []
  const timers: (() => void)[] = []
  const settled: string[] = []
  const store = { getItem: (k: string) => disk.get(k) ?? null, setItem: (k: string, v: string) => void disk.set(k, v) }
  const box = makeOutbox(store, 'anna', {
    post: async (j) => {
      sent.push(j.key)
      const a = answers.shift()
      if (!a || a instanceof Problem) throw a ?? new Problem(0, 'network.unreachable')
      return a as never
    },
    wait: (_, fn) => void timers.push(fn), now: () => 1000,
  })
  box.onSettled((j, s) => settled.push(`${j.key} ${s.state}`))
  return { box, sent, timers, settled, disk, rest: async () => { for (const fn of timers.splice(0)) fn(); for (let i = 0; i < 20; i++) await Promise.resolve() } }
}
const job = (key: string): Job => ({ key, account: 'anna', at: 1000, draft: emptyDraft(key, 0), send: { kind: 'incident', body: {} } })

describe('the outbox', () => {
  it('hands on what was taken and keeps nothing of it', async () => {
    const d = desk([{ id: 'I1', number: 'N1' }])
    expect(await d.box.add(job('a'))).toEqual({ state: 'taken', id: 'I1', number: 'N1', late: false })
    expect(d.box.waiting.value).toEqual([])
    expect(d.disk.get('zhian.intake.out.anna')).toBe('[]')
  })
  it('keeps what did not arrive and sends it again under its key, until there is an answer', async () => {
    const d = desk([new Problem(0, 'network.unreachable'), new Problem(503, 'x'), { id: 'I1', number: 'N1' }])
    const way = d.box.add(job('a'))
    expect(d.box.stuck.value).toEqual([])
    expect((await way).state).toBe('kept')
    expect(d.box.stuck.value.length).toBe(1)
    expect(d.disk.get('zhian.intake.out.anna')).toContain('"key":"a"')
    await d.rest()
    expect(d.settled).toEqual([])
    await d.rest()
    expect(d.sent).toEqual(['a', 'a', 'a'])
    expect(d.settled).toEqual(['a taken'])
    expect(d.box.stuck.value).toEqual([])
    await d.rest()
    expect(d.sent.length).toBe(3)
  })
  it('is there after the tab was closed', async () => {
    const first = desk([new Problem(0, 'network.unreachable')])
    await first.box.add(job('a'))
    const second = desk([{ id: 'I1' }], first.disk)
    expect(second.box.waiting.value.map((j) => j.key)).toEqual(['a'])
    await second.box.flush()
    expect(second.settled).toEqual(['a taken'])
  })
  it('says that a node holds it, and does not send it again', async () => {
    const d = desk([{ id: 'I1', held: true }])
    expect(await d.box.add(job('a'))).toEqual({ state: 'held', id: 'I1' })
    expect(d.box.waiting.value).toEqual([])
  })
  it('gives back what is refused', async () => {
    const d = desk([new Problem(400, 'incident.unknown_kind', '/kind_code')])
    expect(await d.box.add(job('a'))).toMatchObject({ state: 'refused', problem: { key: 'incident.unknown_kind' } })
    expect(d.box.waiting.value).toEqual([])
  })
  it('never has one under way twice, and lets none hold up the others', async () => {
    const d = desk([{ id: 'I1' }])
    await Promise.all([d.box.add(job('a')), d.box.add(job('a'))])
    expect(d.sent).toEqual(['a'])
    const e = desk([new Problem(0, 'x'), new Problem(0, 'x'), new Problem(0, 'x'), { id: 'I2' }])
    await e.box.add(job('a'))
    await e.box.add(job('b'))
    await e.rest()
    expect(e.settled).toEqual(['b taken'])
    expect(e.box.waiting.value.map((j) => j.key)).toEqual(['a'])
  })
})
