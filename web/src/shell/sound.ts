import { ref, readonly } from 'vue'

/**
 * Three earcons of at most 1.2 s: P1 a rising pair, twice; P2 one tone; P3 none.
 * Only one window of a desk sounds: the one that was looked at last.
 */
export type Priority = 1 | 2 | 3

/** [seconds from the start, Hz, seconds] */
const scores: Record<Priority, [number, number, number][]> = {
  1: [[0, 660, 0.16], [0.2, 990, 0.22], [0.6, 660, 0.16], [0.8, 990, 0.28]],
  2: [[0, 784, 0.26]],
  3: [],
}

const least = 0.4 // of the volume: a P1 is never silent

export function makeSound(volume: () => number, now: () => number = Date.now) {
  let context: AudioContext | undefined
  const unlocked = ref(false)
  const mutedUntil = ref(0)
  const me = Math.random()
  let newest = me
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('zhian.sound')

  if (channel) {
    channel.onmessage = (e: MessageEvent<{ is: string; who: number; until?: number }>) => {
      if (e.data.is === 'looked-at') newest = e.data.who
      if (e.data.is === 'muted') mutedUntil.value = e.data.until!
    }
  }
  function lookedAt() {
    newest = me
    channel?.postMessage({ is: 'looked-at', who: me })
  }

  /** Browsers let a page sound only after a gesture: the click that logs in. */
  async function unlock() {
    try {
      context ??= new AudioContext()
      await context.resume()
      unlocked.value = context.state === 'running'
    } catch {
      unlocked.value = false
    }
  }

  /** Mutes P2 for a while; a P1 goes through, at the least volume. */
  function mute(minutes: number) {
    mutedUntil.value = minutes ? now() + minutes * 60_000 : 0
    channel?.postMessage({ is: 'muted', who: me, until: mutedUntil.value })
  }

  /** How loud something sounds, 0…1; 0 is not at all. */
  function loudness(p: Priority): number {
    const v = Math.max(least, Math.min(1, volume()))
    if (now() < mutedUntil.value) return p === 1 ? least : 0
    return v
  }

  /** Plays if it is this window's turn; says whether it did. */
  function play(p: Priority, always = false): boolean {
    const loud = always ? Math.max(least, volume()) : loudness(p)
    if (!context || context.state !== 'running' || (!always && newest !== me) || loud === 0 || scores[p].length === 0) return false
    for (const [at, hz, s] of scores[p]) tone(context, at, hz, s, loud)
    return true
  }

  return { unlocked: readonly(unlocked), mutedUntil: readonly(mutedUntil), unlock, lookedAt, mute, play, loudness, mine: () => newest === me, close: () => channel?.close() }
}

function tone(c: AudioContext, at: number, hz: number, s: number, loud: number) {
  const gain = c.createGain()
  const osc = c.createOscillator()
  const t = c.currentTime + at
  osc.type = 'triangle'
  osc.frequency.value = hz
  gain.gain.setValueAtTime(0, t)
  gain.gain.linearRampToValueAtTime(loud * 0.5, t + 0.02)
  gain.gain.setValueAtTime(loud * 0.5, t + s - 0.05)
  gain.gain.linearRampToValueAtTime(0, t + s)
  osc.connect(gain).connect(c.destination)
  osc.start(t)
  osc.stop(t + s)
}

export type Sound = ReturnType<typeof makeSound>
let one: Sound | undefined
export function startSound(volume: () => number): Sound {
  one = makeSound(volume)
  addEventListener('focus', one.lookedAt)
  if (document.hasFocus()) one.lookedAt()
  return one
}
export function useSound(): Sound {
  return (one ??= makeSound(() => 0.8))
}
