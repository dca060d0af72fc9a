import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { all, api, got, onSessionOver } from './client'
import { Problem } from './problem'

type Step = number | 'gone' | ((r: Request) => Response)
/** A server that answers one after the other; keeps what it was sent. */
function server(...steps: Step[]) {
  const asked: Request[] = []
  vi.stubGlobal('fetch', vi.fn(async (r: Request) => {
    asked.push(r.clone())
    const step = steps.shift() ?? 200
    if (step === 'gone') throw new TypeError('failed to fetch')
    if (typeof step === 'function') return step(r)
    const body = step < 400 ? { items: [] } : { key: 'room.refused', path: '/text', request_id: 'R1' }
    return new Response(JSON.stringify(body), { status: step, headers: { 'Content-Type': 'application/json' } })
  }))
  return asked
}
const note = () => got(api.POST('/v1/incidents/{id}/notes', { params: { path: { id: 'I1' } }, body: { text: 'x' } }))

describe('a request', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
    onSessionOver(() => Promise.resolve(false))
  })
  const through = async <T>(p: Promise<T>) => {
    const settled = p.catch((e: unknown) => e)
    await vi.runAllTimersAsync()
    return settled
  }

  it('that changes something is repeated under one key until there is an answer', async () => {
    const asked = server('gone', 503, 200)
    await through(note())
    expect(asked.length).toBe(3)
    const keys = new Set(asked.map((r) => r.headers.get('Idempotency-Key')))
    expect(keys.size).toBe(1)
    expect([...keys][0]).toMatch(/^[0-9a-f]{32}$/)
  })

  it('has another key than the next one', async () => {
    const asked = server(200, 200)
    await through(note())
    await through(note())
    expect(asked[0]!.headers.get('Idempotency-Key')).not.toBe(asked[1]!.headers.get('Idempotency-Key'))
  })

  it('that only reads is tried twice, and then says that nobody answers', async () => {
    const asked = server('gone', 'gone', 'gone')
    const p = await through(got(api.GET('/v1/incidents')))
    expect(asked.length).toBe(2)
    expect(p).toBeInstanceOf(Problem)
    expect((p as Problem).unreachable).toBe(true)
    expect(asked[0]!.headers.has('Idempotency-Key')).toBe(false)
  })

  it('is refused with the key and the field, and not repeated', async () => {
    const asked = server(422)
    const p = (await through(note())) as Problem
    expect([p.status, p.key, p.field, p.requestId]).toEqual([422, 'room.refused', 'text', 'R1'])
    expect(asked.length).toBe(1)
  })

  it('goes on under the same key after the session was renewed, once', async () => {
    let renewed = 0
    onSessionOver(async () => ++renewed === 1)
    const asked = server(401, 200)
    await through(note())
    expect(renewed).toBe(1)
    expect(asked.length).toBe(2)
    expect(asked[0]!.headers.get('Idempotency-Key')).toBe(asked[1]!.headers.get('Idempotency-Key'))
    server(401)
    expect(((await through(note())) as Problem).status).toBe(401) // nobody came back
  })

  it('says so when what answers is not ours', async () => {
    server(() => new Response('<html>a proxy</html>', { status: 404 }))
    expect(((await through(note())) as Problem).key).toBe('network.odd_answer')
  })
})

describe('all pages of a list', () => {
  it('are read to the end, or to the most', async () => {
    const pages = [{ items: [1, 2], next: 'b' }, { items: [3, 4], next: 'c' }, { items: [5] }]
    const read = () => {
      let n = 0
      return () => Promise.resolve(pages[n++]!)
    }
    expect(await all(read())).toEqual([1, 2, 3, 4, 5])
    expect(await all(read(), 3)).toEqual([1, 2, 3, 4])
  })
})
