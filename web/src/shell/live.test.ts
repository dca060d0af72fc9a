import { describe, expect, it } from 'vitest'
import { makeLive, type Frame, type World } from './live'
import { Problem } from './problem'

/** A connection whose server and timers are in the test's hands. */
function line(probe: () => Promise<void> = () => Promise.resolve()) {
  const sockets: { url: URL; closed: boolean; onmessage?: (m: { data: string }) => void; onclose?: () => void; close: () => void }[] = []
  const timers: { ms: number; fn: () => void; off: boolean }[] = []
  const world: World = {
    open: (url) => {
      const s = { url: new URL(url), closed: false, close() { s.closed = true } }
      sockets.push(s)
      return s as unknown as WebSocket
    },
    wait: (ms, fn) => {
      const t = { ms, fn, off: false }
      timers.push(t)
      return () => { t.off = true }
    },
    probe,
  }
  const live = makeLive(world)
  const last = () => sockets.at(-1)!
  const frames = (...list: Frame[]) => { for (const f of list) last().onmessage!({ data: JSON.stringify(f) }) }
  const rest = async () => { for (let i = 0; i < 10; i++) await Promise.resolve() }
  /** Runs the timers that wait for less than so long. */
  async function pass(within: number) {
    for (const t of timers.splice(0)) if (!t.off && t.ms <= within) t.fn(); else if (!t.off) timers.push(t)
    await rest()
  }
  return { live, sockets, last, frames, pass, rest, break: async () => { last().onclose!(); await rest() } }
}
const hello = { type: 'hello' }
const ready = { type: 'ready' }

describe('the live connection', () => {
  it('loads once, then hands on what comes, by type and by room', async () => {
    const l = line()
    const got: string[] = []
    let loads = 0
    l.live.onReload(() => { loads++ })
    l.live.hear('incident.*', (f) => void got.push('room ' + f.type))
    const off = l.live.hear('incident.received', (f) => void got.push('type ' + f.type))
    l.live.start()
    l.frames(hello, ready, { type: 'incident.received', cursor: 7 }, { type: 'pace.warned', cursor: 8 })
    await l.rest()
    expect(loads).toBe(1)
    expect(got).toEqual(['type incident.received', 'room incident.received'])
    off()
    l.frames({ type: 'incident.received', cursor: 9 })
    expect(got.length).toBe(3)
    expect(l.live.state.value).toBe('live')
  })

  it('goes on from the last cursor after a break, without loading anew', async () => {
    const l = line()
    let loads = 0
    l.live.onReload(() => { loads++ })
    l.live.start()
    l.frames(hello, ready, { type: 'incident.received', cursor: 41 })
    await l.break()
    expect(l.live.state.value).toBe('behind')
    expect(l.live.asOf.value).toBeGreaterThan(0)
    await l.pass(1000)
    expect(l.sockets.length).toBe(2)
    expect(l.last().url.searchParams.get('cursor')).toBe('41')
    l.frames(hello)
    expect(l.live.state.value).toBe('behind') // what was missed comes first
    l.frames({ type: 'incident.received', cursor: 42 }, ready)
    expect(l.live.state.value).toBe('live')
    expect(loads).toBe(1)
  })

  it('loads anew when the server says that too much has happened', async () => {
    const l = line()
    let loads = 0
    l.live.onReload(() => { loads++ })
    l.live.start()
    l.frames(hello, ready)
    await l.break()
    await l.pass(1000)
    l.frames(hello, { type: 'resync', cursor: 900 }, ready)
    expect(loads).toBe(2)
    expect(l.live.cursor.value).toBe(900)
  })

  it('takes a line without a beat for dead', async () => {
    const l = line()
    l.live.start()
    l.frames(hello, ready)
    await l.pass(40_000)
    expect(l.sockets[0]!.closed).toBe(true)
    expect(l.live.state.value).toBe('behind')
  })

  it('stops trying when the session is over, and begins again with the next one', async () => {
    const l = line(() => Promise.reject(new Problem(401, 'session.over')))
    l.live.start()
    l.frames(hello, ready)
    await l.break()
    await l.pass(1000)
    await l.break() // refused: the second failure asks why
    await l.pass(60_000)
    expect(l.live.over.value).toBe('session_ended')
    expect(l.sockets.length).toBe(2)
    l.live.again()
    expect(l.live.over.value).toBeUndefined()
    expect(l.sockets.length).toBe(3)
  })

  it('hears nothing of a connection that it has given up', () => {
    const l = line()
    const got: string[] = []
    l.live.hear('incident.*', (f) => void got.push(f.type))
    l.live.start()
    const old = l.last()
    l.live.hurry()
    old.onmessage!({ data: JSON.stringify({ type: 'incident.received', cursor: 1 }) })
    expect(got).toEqual([])
    l.live.stop()
    expect(l.live.state.value).toBe('off')
  })
})
