import { onScopeDispose, readonly, ref, shallowRef, type Ref } from 'vue'
import { api, got } from './client'

/**
 * The server's clock. Every time on a page goes by it, so that a screen whose own
 * clock is wrong shows the same countdown as its neighbour, and an accelerated
 * demonstration runs at its own pace.
 */
export interface About { name: string; version: string; demo: boolean; speed: number; zone: string }

interface Sample { server: number; local: number; round: number; taken: number }

const about = shallowRef<About>()
let base: Sample = { server: Date.now(), local: performance.now(), round: Infinity, taken: 0 }
const listeners = new Set<() => void>()

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return base.server + (performance.now() - base.local) * (about.value?.speed ?? 1)
}

/** More than this is no error of measuring: the server's clock was set, or the machine slept. */
const jumpMs = 1500

/** Takes a measurement if it is better than the one in use, or that one is old or wrong. */
export function measure(server: number, sent: number, came: number, speed: number) {
  const round = came - sent
  const apart = Math.abs(server + (round / 2) * speed - (base.server + (came - base.local) * speed))
  const stale = came - base.taken > 10 * 60_000
  if (round > base.round * 1.5 && !stale && apart < jumpMs + round * speed) return
  base = { server: server + (round / 2) * speed, local: came, round, taken: came }
}

/** Reads the clock anew; the best of three. */
export async function askTime(times = 3): Promise<About> {
  for (let i = 0; i < times; i++) {
    const sent = performance.now()
    const a = await got(api.GET('/v1/about'))
    if (about.value?.speed !== a.speed) base.round = Infinity
    about.value = a
    measure(Date.parse(a.now), sent, performance.now(), a.speed)
  }
  return about.value!
}

/** Milliseconds to the server and back, of the best measurement; 0 before there is one. */
export function roundTrip(): number {
  return Number.isFinite(base.round) ? base.round : 0
}

export function useAbout() {
  return readonly(about)
}

/** For tests and the gallery, which have no server. */
export function pretend(a: About, now: number) {
  about.value = a
  base = { server: now, local: performance.now(), round: 0, taken: performance.now() }
  tick()
}

/* One ticker for all: countdowns are drawn from this number, none has a timer of its own. */
const second = ref(Math.floor(serverNow() / 1000))
let timer: ReturnType<typeof setTimeout> | undefined
let users = 0

function tick() {
  second.value = Math.floor(serverNow() / 1000)
  for (const l of listeners) l()
}

function schedule() {
  const speed = about.value?.speed ?? 1
  const untilNext = (1000 - (serverNow() % 1000)) / speed
  timer = setTimeout(() => {
    tick()
    schedule()
  }, Math.max(200, untilNext + 2))
}

/** The second by the server's clock (Unix), as long as the component lives. */
export function useSecond(): Readonly<Ref<number>> {
  if (users++ === 0) {
    tick()
    schedule()
  }
  onScopeDispose(() => {
    if (--users === 0) clearTimeout(timer)
  })
  return readonly(second)
}

/** Calls on every tick of the shared clock; returns how to stop. */
export function onTick(fn: () => void): () => void {
  listeners.add(fn)
  if (users++ === 0) schedule()
  return () => {
    listeners.delete(fn)
    if (--users === 0) clearTimeout(timer)
  }
}
