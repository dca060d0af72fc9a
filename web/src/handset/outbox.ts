import { Problem } from '@/shell/problem'
import { happened, type Base } from './clock'
import type { Db } from './db'

/** What an officer does; each becomes one entry of an incident's timeline. */
export type Deed =
  | { do: 'step'; step: 'acknowledged' | 'en_route' | 'on_scene' | 'cleared' }
  | { do: 'hazards' }
  | { do: 'contact'; answered: boolean }
  | { do: 'feedback'; text: string; seen: number }
  | { do: 'picture'; taken: number; position?: { lat: number; lon: number; uncertainty_m?: number } }
  | { do: 'close'; disposition: string }

export interface Item {
  n: number // the device's own number of it, from 1: its key, its order, and the server's counter
  key: string // Idempotency-Key
  user: string
  incident: string
  number: string // of the incident, for people
  unit: string
  no: number // of the assignment
  deed: Deed
  pressed: number // the device's clock
  base?: Base // what was known of the centre's clock then
  hold: number // the device's clock: not to be sent before; it can be taken back until then
  state: 'waiting' | 'sent' | 'refused' | 'conflict'
  body?: string // as it was sent first: sent again it is the very same
  tries: number
  why?: { key: string; status: number; params?: Record<string, unknown>; request?: string }
  sentAt?: number
}

/** Shown for so long after it was sent. */
const sentShown = 24 * 3600_000
export const undoable = 5000

/** The outside, for which a test puts its own in. */
export interface World {
  db: Db
  now: () => number
  fresh: () => string
  post: (path: string, key: string, body: string, long: boolean) => Promise<unknown>
  base: () => Base | undefined // what is known of the centre's clock
  measure: () => Promise<Base> // anew, over the network
  alone: <T>(fn: () => Promise<T>) => Promise<T> // while no other window sends
}

const paths: Record<Deed['do'], string> = { step: 'advance', hazards: 'hazards-seen', contact: 'contact', feedback: 'feedback', picture: 'pictures', close: 'close' }
const pathOf = (i: Item) => `/v1/incidents/${encodeURIComponent(i.incident)}/${paths[i.deed.do]}`

/** Something that a later try may get through: the network, a server that restarts, too many at once. */
export const passing = (p: unknown) => !(p instanceof Problem) || p.unreachable || p.status >= 500 || p.status === 429 || p.status === 408 || p.status === 401 || p.key === 'network.odd_answer'

/** Everything that was done on this device and who did it, until the server has it. */
export function makeOutbox(w: World, told: { changed: () => void; sent: (i: Item, answer: unknown) => Item['state'] }) {
  /** Keeps a deed, with its number, and its picture if it has one. It is done when this resolves. */
  async function add(what: Pick<Item, 'user' | 'incident' | 'number' | 'unit' | 'no' | 'deed'>, more: { undo?: boolean; picture?: Blob } = {}): Promise<Item> {
    const picture = more.picture && (await more.picture.arrayBuffer())
    const pressed = w.now()
    const item = await w.db.within<Item>(picture ? ['outbox', 'blobs', 'kept'] : ['outbox', 'kept'], 'readwrite', (of, got) => {
      const ask = of('kept').get('counter')
      ask.onsuccess = () => {
        const n = ((ask.result as number | undefined) ?? 0) + 1
        const i: Item = { ...what, n, key: w.fresh(), pressed, base: w.base(), hold: more.undo ? pressed + undoable : 0, state: 'waiting', tries: 0 }
        of('kept').put(n, 'counter')
        of('outbox').put(i, n)
        if (picture) of('blobs').put(picture, n)
        got(i)
      }
    })
    told.changed()
    return item
  }

  /** Takes back what was not sent yet; says whether it could be. */
  async function undo(n: number): Promise<boolean> {
    const gone = await w.alone(() => w.db.within<boolean>(['outbox', 'blobs'], 'readwrite', (of, got) => {
      got(false)
      const ask = of('outbox').get(n)
      ask.onsuccess = () => {
        const i = ask.result as Item | undefined
        if (!i || i.state !== 'waiting' || i.tries > 0) return
        of('outbox').delete(n)
        of('blobs').delete(n)
        got(true)
      }
    }))
    told.changed()
    return gone
  }

  const keep = async (i: Item) => {
    await w.db.put('outbox', i.n, i)
    told.changed()
  }

  /** Tries what was refused once more, by hand. */
  async function again(n: number) {
    const i = await w.db.get<Item>('outbox', n)
    if (i && i.state === 'refused') await keep({ ...i, state: 'waiting', why: undefined, hold: 0 })
  }

  /** Lets go of what was refused, by hand: the person has read why. */
  async function drop(n: number) {
    await w.db.within<void>(['outbox', 'blobs'], 'readwrite', (of) => {
      of('outbox').delete(n)
      of('blobs').delete(n)
    })
    told.changed()
  }

  /**
   * Sends what waits, in the order in which it was done: of one incident nothing
   * overtakes. It stops at what the network does not let through, goes on after
   * what the server refuses, and resolves to when to try again (ms), 0 for never.
   */
  const flush = (user: string) => w.alone(async () => {
    const due = (await w.db.all<Item>('outbox')).filter((i) => i.state === 'waiting' && i.user === user)
    if (due.length === 0) return 0
    const base = await w.measure()
    const held = new Set<string>()
    let next = 0
    let stuck: unknown
    for (const one of due) {
      const wait = one.hold - w.now()
      if (held.has(one.incident) || (wait > 0 && wait <= undoable)) {
        held.add(one.incident)
        next = Math.max(next, wait, 1)
        continue
      }
      const i = await w.db.get<Item>('outbox', one.n) // it may have been taken back
      if (i?.state !== 'waiting') continue
      try {
        await send(i, base)
      } catch (e) {
        if (!(e instanceof Problem) || e.unreachable || e.status === 401 || e.status === 429) throw e
        stuck = e // the server fails at this one: the rest of its incident waits behind it, others do not
        held.add(one.incident)
      }
    }
    if (stuck) throw stuck
    return next
  })

  async function send(i: Item, base: Base) {
    const at = happened(i.pressed, i.base, base, w.now())
    const first: Item = { ...i, body: i.body ?? JSON.stringify(bodyOf(i, at, base)), tries: i.tries + 1 }
    await keep(first)
    let body = first.body!
    if (i.deed.do === 'picture') {
      const picture = await w.db.get<ArrayBuffer>('blobs', i.n)
      if (!picture) return keep({ ...first, state: 'refused', why: { key: 'handset.picture_lost', status: 0 } })
      body = `${body.slice(0, -1)},"content":"${base64(new Uint8Array(picture))}"}`
    }
    try {
      const answer = await w.post(pathOf(i), i.key, body, i.deed.do === 'picture')
      await w.db.within<void>(['outbox', 'blobs'], 'readwrite', (of) => {
        of('outbox').put({ ...first, state: told.sent(first, answer), sentAt: w.now() } satisfies Item, i.n)
        of('blobs').delete(i.n)
      })
      told.changed()
    } catch (e) {
      if (passing(e)) throw e
      const p = e as Problem
      await keep({ ...first, state: 'refused', why: { key: p.key, status: p.status, params: p.params, request: p.requestId } })
    }
  }

  /** What was sent long ago leaves the list. */
  async function tidy() {
    const old = (await w.db.all<Item>('outbox')).filter((i) => i.state === 'sent' && w.now() - i.sentAt! > sentShown)
    if (old.length) await w.db.within<void>(['outbox'], 'readwrite', (of) => { for (const i of old) of('outbox').delete(i.n) })
  }

  return { add, undo, again, drop, flush, tidy, list: () => w.db.all<Item>('outbox') }
}
export type Outbox = ReturnType<typeof makeOutbox>

function bodyOf(i: Item, at: number, base: Base): object {
  const when = { occurred_at: new Date(Math.floor(at)).toISOString(), source: 'handset', counter: i.n, unit_id: i.unit, no: i.no }
  switch (i.deed.do) {
    case 'step': return { ...when, step: i.deed.step }
    case 'contact': return { ...when, answered: i.deed.answered }
    case 'feedback': return { ...when, text: i.deed.text, ...(i.deed.seen > 0 && { seen: i.deed.seen }) }
    case 'close': return { ...when, disposition: i.deed.disposition }
    case 'picture': return { ...when, taken_at: new Date(Math.floor(at - Math.max(0, i.pressed - i.deed.taken) * base.speed)).toISOString(), ...(i.deed.position && { position: i.deed.position }) }
  }
  return when
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x6000) text += String.fromCharCode(...bytes.subarray(i, i + 0x6000))
  return btoa(text)
}
