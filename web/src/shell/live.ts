import { readonly, ref, shallowRef } from 'vue'
import { Problem } from './problem'
import { api } from './client'
import { serverNow } from './time'

/** A frame of GET /v1/live. Those that come from facts carry a cursor; signals may be lost. */
export interface Frame<D = unknown> { type: string; cursor?: number; at?: string; data?: D }

export type LiveState =
  | 'off' // nobody asked for it
  | 'connecting' // the first time
  | 'live' // nothing is missing
  | 'behind' // cut off: what is shown is as of asOf, and is being caught up

type Heard = (f: Frame) => void
type Reload = () => void | Promise<void>

/** The parts of the world that a test puts its own in for. */
export interface World {
  open: (url: string) => WebSocket
  wait: (ms: number, fn: () => void) => () => void
  probe: () => Promise<void> // rejects with a Problem
}

const browser: World = {
  open: (url) => new WebSocket(url),
  wait: (ms, fn) => {
    const id = setTimeout(fn, ms)
    return () => clearTimeout(id)
  },
  probe: async () => {
    await api.GET('/v1/me')
  },
}

/** A server sends a beat every 15 s; after this long without a word the line is dead. */
const silentAfter = 35_000
const backoff = [300, 800, 2000, 4000, 8000, 15_000]

/**
 * Listens to what happens and hands it on. After a break it goes on from the
 * last cursor, so that nothing is missed and nothing needs to be loaded anew,
 * unless the server says that too much has happened (resync).
 */
export function makeLive(world: World = browser) {
  const state = ref<LiveState>('off')
  const asOf = ref(0) // by the server's clock, when everything shown was last known to be whole
  const cursor = ref(0)
  const over = shallowRef<string>() // why the server ended the connection
  const heard = new Map<string, Set<Heard>>()
  const reloads = new Set<Reload>()
  let socket: WebSocket | undefined
  let failures = 0
  let stopTimer: (() => void) | undefined
  let stopWatch: (() => void) | undefined
  let wanted = false

  function url() {
    const at = new URL('/v1/live', location.href)
    at.protocol = at.protocol === 'https:' ? 'wss:' : 'ws:'
    if (cursor.value) at.searchParams.set('cursor', String(cursor.value))
    return at.href
  }

  function start() {
    if (wanted) return
    wanted = true
    state.value = 'connecting'
    connect()
  }

  function stop() {
    wanted = false
    stopTimer?.()
    stopWatch?.()
    socket?.close()
    socket = undefined
    state.value = 'off'
    cursor.value = 0
  }

  function connect() {
    stopTimer?.()
    if (!wanted) return
    const mine = world.open(url())
    socket = mine
    watch()
    mine.onmessage = (m) => {
      if (mine === socket) take(JSON.parse(String(m.data)) as Frame)
    }
    mine.onclose = () => {
      if (mine === socket) void lost()
    }
  }

  /** Reconnects now, without waiting: the network is back, or somebody looks at the page again. */
  function hurry() {
    if (!wanted || state.value === 'live') return
    failures = 0
    socket?.close()
    connect()
  }

  function watch() {
    stopWatch?.()
    stopWatch = world.wait(silentAfter, () => {
      socket?.close()
      void lost()
    })
  }

  async function lost() {
    stopWatch?.()
    socket = undefined
    if (!wanted) return
    if (state.value === 'live') state.value = 'behind'
    const next = backoff[Math.min(failures++, backoff.length - 1)]!
    if (failures > 1) {
      // A refused upgrade tells a page nothing: a plain request says whether it is the session.
      try {
        await world.probe()
      } catch (e) {
        if (e instanceof Problem && e.status === 401) {
          over.value = 'session_ended'
          return
        }
      }
    }
    if (wanted) stopTimer = world.wait(next * (0.7 + 0.6 * Math.random()), connect)
  }

  function take(f: Frame) {
    watch()
    if (f.cursor) cursor.value = f.cursor
    switch (f.type) {
      case 'hello':
        if (state.value === 'connecting') void reload()
        return
      case 'resync':
        void reload()
        return
      case 'ready':
        failures = 0
        state.value = 'live'
        asOf.value = serverNow()
        return
      case 'beat':
        asOf.value = serverNow()
        return
      case 'cut':
        return
      case 'over':
        over.value = (f.data as { reason?: string } | undefined)?.reason ?? 'over'
        return
    }
    if (state.value === 'live') asOf.value = serverNow()
    for (const fn of heard.get(f.type) ?? []) fn(f)
    for (const fn of heard.get(f.type.slice(0, f.type.indexOf('.') + 1) + '*') ?? []) fn(f)
  }

  async function reload() {
    for (const fn of reloads) await fn()
  }

  /** Hears frames of a type, or of a room ("incident.*"); returns how to stop. */
  function hear<D>(type: string, fn: (f: Frame<D>) => void): () => void {
    const set = heard.get(type) ?? new Set<Heard>()
    heard.set(type, set.add(fn as Heard))
    return () => set.delete(fn as Heard)
  }

  /** Is called when the state must be loaded anew; returns how to stop. */
  function onReload(fn: Reload): () => void {
    reloads.add(fn)
    return () => reloads.delete(fn)
  }

  /** After the session or the rights have changed. */
  function again() {
    over.value = undefined
    if (!wanted) return
    failures = 0
    socket?.close()
    connect()
  }

  return { state: readonly(state), asOf: readonly(asOf), cursor: readonly(cursor), over: readonly(over), start, stop, hurry, again, hear, onReload }
}
export type Live = ReturnType<typeof makeLive>

let one: Live | undefined
/** The connection of this window. */
export function useLive(): Live {
  if (!one) {
    one = makeLive()
    addEventListener('online', one.hurry)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) one!.hurry()
    })
  }
  return one
}
