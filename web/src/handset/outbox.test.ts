import { describe, expect, it } from 'vitest'
import { Problem } from '@/shell/problem'
import type { Db, Store } from './db'
import { makeOutbox, passing, undoable, type Item, type World } from './outbox'

/** A database in memory that forgets what a transaction did when it fails. */
function memory(): Db {
  const data: Record<Store, Map<IDBValidKey, unknown>> = { outbox: new Map(), blobs: new Map(), kept: new Map() }
  const answer = <T>(v: T) => ({ result: v, set onsuccess(fn: () => void) { queueMicrotask(fn) } })
  const store = (s: Store) => ({
    get: (k: IDBValidKey) => answer(structuredClone(data[s].get(k))), put: (v: unknown, k: IDBValidKey) => void data[s].set(k, structuredClone(v)), delete: (k: IDBValidKey) => void data[s].delete(k),
  }) as unknown as IDBObjectStore
  return {
    ready: async () => {},
    get: <T>(s: Store, k: IDBValidKey) => Promise.resolve(structuredClone(data[s].get(k)) as T | undefined),
    all: <T>(s: Store) => Promise.resolve([...data[s].entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, v]) => structuredClone(v) as T)),
    put: (s, k, v) => Promise.resolve(void data[s].set(k, structuredClone(v))),
    drop: (s, k) => Promise.resolve(void data[s].delete(k)),
    within: async (_over, _mode, run) => {
      let value: unknown
      run(store, (v) => { value = v })
      await new Promise((done) => setTimeout(done))
      return value as never
    },
  }
}

function house(post: (path: string, key: string, body: string) => Promise<unknown>) {
  let now = 1_790_000_000_000
  let n = 0
  const base = () => ({ server: now, local: now, speed: 1 })
  const world: World = { db: memory(), now: () => now, fresh: () => `key${++n}`, post, base, measure: () => Promise.resolve(base()), alone: (fn) => fn() }
  const outbox = makeOutbox(world, { changed: () => undefined, sent: () => 'sent' })
  const add = (incident: string, text: string, undo = false) => outbox.add({ user: 'u', incident, number: incident, unit: 'A', no: 1, deed: { do: 'feedback', text, seen: 2 } }, { undo })
  return { outbox, add, world, pass: (ms: number) => { now += ms } }
}
const states = (l: Item[]) => l.map((i) => `${i.n}${i.state}`)

describe('the outbox', () => {
  it('sends in order, each under its own number and key', async () => {
    const sent: string[] = []
    const h = house((path, key, body) => { sent.push(`${path} ${key} ${(JSON.parse(body) as { counter: number }).counter}`); return Promise.resolve({}) })
    for (const i of ['a', 'b', 'a']) await h.add(i, 'x')
    expect(await h.outbox.flush('u')).toBe(0)
    expect(sent).toEqual(['/v1/incidents/a/feedback key1 1', '/v1/incidents/b/feedback key2 2', '/v1/incidents/a/feedback key3 3'])
    expect(states(await h.outbox.list())).toEqual(['1sent', '2sent', '3sent'])
  })
  it('sends the very same bytes again when an answer was lost, however late', async () => {
    const bodies: string[] = []
    let lost = true
    const h = house((_, key, body) => { bodies.push(key + body); return lost ? Promise.reject(new TypeError('lost')) : Promise.resolve({}) })
    await h.add('a', 'x')
    await expect(h.outbox.flush('u')).rejects.toThrow('lost')
    h.pass(48 * 3600_000)
    lost = false
    await h.outbox.flush('u')
    expect(bodies[1]).toBe(bodies[0])
  })
  it('stops where the network does, and goes on after what is refused', async () => {
    const h = house((path) => path.includes('/b/') ? Promise.reject(new Problem(409, 'incident.unit_not_assigned')) : path.includes('/c/') ? Promise.reject(new Problem(503, 'x')) : Promise.resolve({}))
    for (const i of ['a', 'b', 'a', 'c', 'a']) await h.add(i, 'x')
    await expect(h.outbox.flush('u')).rejects.toThrow('503')
    expect(states(await h.outbox.list())).toEqual(['1sent', '2refused', '3sent', '4waiting', '5waiting'])
    await h.outbox.again(2)
    expect(states(await h.outbox.list())[1]).toBe('2waiting')
  })
  it('lets one incident wait whose server fails, and no other', async () => {
    const h = house((path) => path.includes('/a/') ? Promise.reject(new Problem(500, 'internal')) : Promise.resolve({}))
    for (const i of ['a', 'b', 'a', 'b']) await h.add(i, 'x')
    await expect(h.outbox.flush('u')).rejects.toThrow('500')
    expect(states(await h.outbox.list())).toEqual(['1waiting', '2sent', '3waiting', '4sent'])
    expect((await h.outbox.list())[2]!.tries).toBe(0)
  })
  it('holds what can be taken back, and what comes after it in the same incident', async () => {
    const h = house(() => Promise.resolve({}))
    await h.add('a', 'x', true)
    await h.add('a', 'y')
    await h.add('b', 'z')
    expect(await h.outbox.flush('u')).toBeGreaterThan(0)
    expect(states(await h.outbox.list())).toEqual(['1waiting', '2waiting', '3sent'])
    expect(await h.outbox.undo(1)).toBe(true)
    h.pass(undoable + 1)
    expect(await h.outbox.flush('u')).toBe(0)
    expect(states(await h.outbox.list())).toEqual(['2sent', '3sent'])
    expect(await h.outbox.undo(2)).toBe(false)
    expect((await h.add('a', 'w')).n).toBe(4) // a number is never given twice
  })
  it('sends nothing of somebody else', async () => {
    const h = house(() => Promise.resolve({}))
    await h.add('a', 'x')
    expect(await h.outbox.flush('other')).toBe(0)
    expect(states(await h.outbox.list())).toEqual(['1waiting'])
  })
  it('knows what will pass', () => {
    expect([new TypeError(), new Problem(0, 'x'), new Problem(429, 'x'), new Problem(500, 'x'), new Problem(401, 'x'), new Problem(409, 'x'), new Problem(404, 'x')].map(passing)).toEqual([true, true, true, true, true, false, false])
  })
})
