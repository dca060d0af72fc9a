import { computed, watch } from 'vue'
import { useLive } from '@/shell/live'
import { makeSound } from '@/shell/sound'
import { flush, hurry, items, rememberActs, toast, trouble } from './acts'
import { base, centreNow, measure, online, reached, rememberCentre, second } from './centre'
import { db } from './db'
import { rememberNames } from './names'
import { again, load, mark, own, rememberOwn } from './own'
import { byUrgency } from './project'
import { resume, state } from './session'

export const sound = makeSound(() => 1)
const live = useLive()

/** The officer's own incidents as they are to be read: what is urgent first. */
export const sorted = computed(() => (void second.value, byUrgency(own.value, items.value, centreNow(), base.value)))

/** What was last known, before anybody is asked. */
async function remember() {
  try {
    await db.ready()
    await Promise.all([rememberCentre(), rememberOwn(), rememberNames()])
    await rememberActs()
  } catch {
    trouble.value = 'no_database'
  }
}

/** A push arrives while the page is open: it is heard and felt. */
function arrives(p: { message_id: string; type: string }) {
  void mark([p.message_id], 'delivered')
  if (p.type !== 'incident.push') return
  sound.play(1, true)
  navigator.vibrate?.([250, 120, 250, 120, 500])
  toast.value = { key: 'push', message: p.message_id, until: Date.now() + 6000 }
  void load()
}

/** Brings everything up to date: after log-in, when the network is back, when the page is looked at, every 30 s. */
export async function refresh() {
  if (state.value === 'away' || state.value === 'unknown') await resume().catch(() => undefined)
  if (state.value === 'away') reached.value = false
  if (state.value !== 'in') return
  live.start()
  live.hurry()
  await Promise.all([measure().catch(() => undefined), load()])
  void flush()
}

function hear() {
  live.hear<{ message_id: string; type: string }>('inbox.message', (f) => { if (f.data) arrives(f.data) })
  live.hear('inbox.withdrawn', () => void load())
  live.hear<{ incident_id?: string; version?: number }>('incident.*', (f) => {
    const o = own.value.find((x) => x.incident.id === f.data?.incident_id)
    if (o && (f.data?.version ?? 0) > o.incident.version) void again(o)
  })
  watch(live.over, (why) => {
    if (why === 'rights_changed') live.again()
    else if (why) state.value = 'over'
  })
  live.onReload(load)
}

function tick() {
  second.value++
  if (toast.value && Date.now() > toast.value.until) toast.value = undefined
}

export async function start() {
  addEventListener('pointerdown', () => void sound.unlock(), { once: true, capture: true })
  await remember()
  addEventListener('online', () => { online.value = true; hurry(); void refresh() })
  addEventListener('offline', () => { online.value = false })
  document.addEventListener('visibilitychange', () => { if (!document.hidden) void refresh() })
  setInterval(() => void refresh(), 30_000)
  setInterval(tick, 1000)
  hear()
  await refresh()
}
