import { computed, shallowReactive, watch } from 'vue'
import { useSound, type Priority } from './sound'

/**
 * Alarms are what needs somebody's action now: a clock that broke, a channel
 * that is down. Incidents in the queue are work, not alarms. One that nobody
 * acknowledges repeats (P1, after a minute); acknowledged is not settled.
 */
export interface Alarm {
  id: string
  priority: Priority
  key: string // of its words
  params?: Record<string, unknown>
  raisedAt: number // server's clock, ms
  incidentId?: string
  acknowledged?: boolean
}

export const repeatAfter = 60_000
const floodOver = 10
const floodWithin = 10 * 60_000

/** Tells the other windows of the desk what was acknowledged here. */
interface Line { postMessage: (id: string | undefined) => void; onmessage: ((e: { data: string | undefined }) => void) | null }

export function makeAlarms(sound: { play: (p: Priority) => boolean }, now: () => number, line?: Line) {
  const list = shallowReactive(new Map<string, Readonly<Alarm>>()) // one that changes is a new one: there may be thousands
  const sounded = new Map<string, number>() // when

  function raise(a: Omit<Alarm, 'raisedAt'> & { raisedAt?: number }) {
    const known = list.get(a.id)
    if (known && known.priority <= a.priority) return
    list.set(a.id, { ...a, raisedAt: a.raisedAt ?? now() })
    sounded.set(a.id, now())
    if (!(a.priority === 3 && flood.value)) sound.play(a.priority)
  }
  const settle = (id: string) => sounded.delete(id) && list.delete(id)
  function quiet(id?: string) {
    for (const a of list.values()) if ((!id || a.id === id) && !a.acknowledged) list.set(a.id, { ...a, acknowledged: true })
  }
  function acknowledge(id?: string) {
    quiet(id)
    line?.postMessage(id)
  }
  if (line) line.onmessage = (e) => quiet(e.data)
  /** Repeats the P1 that nobody has acknowledged. */
  function remind() {
    for (const a of list.values()) {
      if (a.priority === 1 && !a.acknowledged && now() - sounded.get(a.id)! >= repeatAfter) {
        sounded.set(a.id, now())
        sound.play(1)
      }
    }
  }
  const open = computed(() => [...list.values()].filter((a) => !a.acknowledged).sort((a, b) => a.priority - b.priority || b.raisedAt - a.raisedAt))
  const all = computed(() => [...list.values()].sort((a, b) => a.priority - b.priority || b.raisedAt - a.raisedAt))
  /** More than ten in ten minutes: group them, let P3 rest. */
  const flood = computed(() => [...list.values()].filter((a) => now() - a.raisedAt < floodWithin).length > floodOver)
  return { list, open, all, flood, raise, settle, acknowledge, remind }
}
export type Alarms = ReturnType<typeof makeAlarms>

let one: Alarms | undefined
export function useAlarms(): Alarms {
  return (one ??= makeAlarms(useSound(), Date.now, typeof BroadcastChannel === 'undefined' ? undefined : (new BroadcastChannel('zhian.alarm') as unknown as Line)))
}

/** Shows in the title and the icon of the tab how many alarms wait. */
export function showInTab(alarms: Alarms, title: () => string) {
  const icon = document.querySelector<HTMLLinkElement>('link[rel~="icon"]')
  watch([() => alarms.open.value.length, title], ([n, text]) => {
    document.title = n ? `(${n}) ${text}` : text
    if (icon) icon.href = n ? '/favicon-alarm.svg' : '/favicon.svg'
  }, { immediate: true })
}
