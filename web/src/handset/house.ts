import { computed, ref, shallowRef, watch } from 'vue'
import { api, fresh, got, type Schemas } from '@/shell/client'
import { useLive } from '@/shell/live'
import { Problem } from '@/shell/problem'
import { makeSound } from '@/shell/sound'
import { centreAt, type Base } from './clock'
import { db, Full, NoDatabase } from './db'
import { makeOutbox, undoable, type Deed, type Item } from './outbox'
import { byUrgency, conflictsOf, type Near, type Own } from './project'
import { account, can, resume, state } from './session'

type Parcel = { message_id: string; type: string }
type PushBody = { incident_id?: string; unit_id?: string; no?: number; nearby?: Near[] }

export const own = shallowRef<Own[]>([])
export const items = shallowRef<Item[]>([])
export const loaded = ref(false)
export const online = ref(navigator.onLine)
export const reached = ref(true) // the server answered last time
export const sending = ref(false)
export const trouble = ref<'full' | 'no_database'>()
export const base = shallowRef<Base>()
export const about = shallowRef<{ demo: boolean; speed: number; zone: string }>()
export const names = shallowRef({ kinds: new Map<string, { name: string; name_en: string }>(), ends: [] as Schemas['incident.Disposition'][], units: new Map<string, string>() })
export const toast = shallowRef<{ key: string; n?: number; until: number }>()
export const second = ref(0)
export const sound = makeSound(() => 1)
export const live = useLive()

export const centreNow = () => (base.value ? centreAt(base.value, Date.now()) : Date.now())
export const waiting = computed(() => items.value.filter((i) => i.state === 'waiting'))
export const foreign = computed(() => waiting.value.filter((i) => i.user !== account.value?.id))
export const troubled = computed(() => items.value.filter((i) => i.state === 'refused' || i.state === 'conflict'))
export const sorted = computed(() => (void second.value, byUrgency(own.value, items.value, centreNow(), base.value)))

/** Measures the centre's clock; the answer that came quickest counts. */
export async function measure(): Promise<Base> {
  const sent = Date.now()
  const began = performance.now()
  const a = await got(api.GET('/v1/about')).catch((e: unknown) => {
    reached.value = false
    throw e
  })
  const way = (performance.now() - began) / 2
  about.value = { demo: a.demo, speed: a.speed, zone: a.zone }
  base.value = { server: Date.parse(a.now), local: sent + way, speed: a.speed }
  reached.value = true
  await db.put('kept', 'base', base.value).catch(() => undefined)
  await db.put('kept', 'about', about.value).catch(() => undefined)
  return base.value
}

/** Sends one deed. It is tried again later, not here: the outbox decides. */
async function post(path: string, key: string, body: string, long: boolean): Promise<unknown> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), long ? 60_000 : 15_000)
  try {
    const answer = await fetch(path, { method: 'POST', body, signal: stop.signal, credentials: 'same-origin', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key } })
    if (!answer.ok) throw await Problem.of(answer)
    return await answer.json()
  } finally {
    clearTimeout(timer)
  }
}

let listing = false
async function listNow() {
  try {
    items.value = await outbox.list()
  } catch { /* what was shown stays */ }
}

/** Shows what the outbox holds; of many changes at once the last one is shown. */
function listSoon() {
  if (listing) return
  listing = true
  setTimeout(() => {
    listing = false
    void listNow()
  }, 40)
}

let queue: Promise<unknown> = Promise.resolve()
const alone = <T>(fn: () => Promise<T>): Promise<T> => {
  if (navigator.locks) return navigator.locks.request('zhian.outbox', fn) as Promise<T>
  const mine = queue.then(fn, fn)
  queue = mine.catch(() => undefined)
  return mine
}

export const outbox = makeOutbox({ db, now: Date.now, fresh, post, base: () => base.value, measure, alone }, {
  changed: listSoon,
  sent(i, answer) {
    arrived++
    const incident = answer as Schemas['incident.Incident']
    const known = own.value.find((o) => o.incident.id === incident.id)
    if (known && incident.version >= known.incident.version) {
      const contact = incident.contact ?? known.incident.contact // an answer to a deed tells none
      put({ ...known, incident: { ...incident, contact, has_contact: incident.has_contact || known.incident.has_contact }, at: Date.now() })
    }
    const c = known ? conflictsOf({ ...known, incident }) : { reports: [], endings: [] }
    const contradicts = (i.deed.do === 'feedback' && c.reports.length > 0) || (i.deed.do === 'close' && incident.disposition !== i.deed.disposition)
    return contradicts ? 'conflict' : 'sent'
  },
})

/** Does something: it is kept on the device at once, and sent when it can be. False: there was no room. */
export async function act(o: Own, deed: Deed, more: { undo?: boolean; picture?: Blob } = {}): Promise<boolean> {
  const what = { user: account.value!.id, incident: o.incident.id, number: o.incident.number, unit: o.unit, no: o.no, deed }
  try {
    const i = await outbox.add(what, more).catch(async (e: unknown) => {
      if (!(e instanceof Full)) throw e
      await db.drop('kept', 'own').catch(() => undefined) // what can be loaded again makes room
      return outbox.add(what, more)
    })
    trouble.value = undefined
    items.value = await outbox.list()
    if (more.undo) toast.value = { key: deed.do === 'step' ? `step.${deed.step}` : deed.do, n: i.n, until: Date.now() + undoable }
    void flush()
    return true
  } catch (e) {
    trouble.value = e instanceof NoDatabase ? 'no_database' : 'full'
    return false
  }
}

let failures = 0
let arrived = 0
let timer: ReturnType<typeof setTimeout> | undefined
/** Sends what waits; when the network fails, again after a pause, when it is back, when the page is looked at, and every 30 s. */
export async function flush() {
  clearTimeout(timer)
  if (!account.value || (state.value !== 'in' && state.value !== 'away') || sending.value) return
  if (!items.value.some((i) => i.state === 'waiting' && i.user === account.value?.id)) {
    items.value = await outbox.list()
    if (!items.value.some((i) => i.state === 'waiting' && i.user === account.value?.id)) return
  }
  sending.value = true
  let next = 0
  const before = arrived
  try {
    next = await outbox.flush(account.value.id)
    failures = 0
    reached.value = true
    state.value = 'in'
  } catch (e) {
    if (e instanceof Problem && e.status === 401) state.value = 'over'
    else {
      if (!(e instanceof Problem) || e.unreachable) reached.value = false
      if (arrived > before) failures = 0 // the network is bad, not gone
      next = failures ? Math.min(30_000, 500 * 2 ** failures) : 200
      failures++
    }
  } finally {
    sending.value = false
  }
  if (next > 0) timer = setTimeout(() => void flush(), next)
}

function put(o: Own) {
  const rest = own.value.filter((x) => x.incident.id !== o.incident.id)
  own.value = [...rest, o]
  void db.put('kept', 'own', own.value).catch(() => undefined)
}

/** Marks pushes; what is marked twice or too late is no matter. */
async function mark(ids: string[], to: 'delivered' | 'seen') {
  if (ids.length) await api.POST('/v1/inbox/marks', { body: { ids, to } }).catch(() => undefined)
}

/** Opens an incident: its push counts as seen, once the hazards of the place are acknowledged. */
export async function opened(o: Own) {
  const a = o.incident.assignments.find((x) => x.no === o.no)
  if (o.seen || (o.incident.hazards?.length && !a?.hazards_seen)) return
  put({ ...o, seen: true })
  await mark([o.message], 'seen')
}

async function ofMessage(body: PushBody, message: string, seen: boolean): Promise<Own | undefined> {
  const id = body.incident_id!
  const known = own.value.find((o) => o.incident.id === id)
  const at = Date.now()
  const [incident, pace] = await Promise.all([
    got(api.GET('/v1/incidents/{id}', { params: { path: { id } } })),
    can('pace.read') ? got(api.GET('/v1/pace/incidents/{id}', { params: { path: { id } } })).catch(() => undefined) : undefined,
  ])
  return { incident, unit: body.unit_id!, no: body.no!, message, seen: seen || (known?.seen ?? false), clocks: pace?.clocks ?? known?.clocks ?? [], nearby: body.nearby ?? known?.nearby ?? [], at }
}

const shownAfterEnd = 12 * 3600_000
let loading: Promise<void> | undefined
let stale = false
/** Loads one's own incidents: those whose push is in the inbox, open ones and those that ended today. */
export function load(): Promise<void> {
  if (loading) {
    stale = true // what is being loaded may not have seen what this is asked for
    return loading
  }
  const run = async () => {
    do {
      stale = false
      await reallyLoad()
    } while (stale)
  }
  loading = run().finally(() => { loading = undefined })
  return loading
}
async function reallyLoad() {
  if (state.value !== 'in') return
  try {
    const inbox = await got(api.GET('/v1/inbox', { params: { query: { limit: 100 } } }))
    const pushes = inbox.items.filter((m) => m.type === 'incident.push' && m.body && (!m.withdrawn_at || (m.withdrawn_reason !== 'unassigned' && centreNow() - Date.parse(m.withdrawn_at) < shownAfterEnd)))
    void mark(inbox.items.filter((m) => m.type === 'incident.push' && !m.delivered_at && !m.withdrawn_at).map((m) => m.message_id), 'delivered')
    const newest = new Map<string, (typeof pushes)[number]>()
    for (const m of pushes) if (m.subject.id && !newest.has(m.subject.id)) newest.set(m.subject.id, m)
    const ids = [...newest.keys()].slice(0, 40)
    const found = await Promise.all(ids.map((id) => ofMessage(newest.get(id)!.body as PushBody, newest.get(id)!.message_id, !!newest.get(id)!.seen_at).catch((e: unknown) => {
      if (e instanceof Problem && e.status === 404) return undefined
      throw e
    })))
    own.value = found.filter((o): o is Own => !!o).map((o) => { const k = own.value.find((x) => x.incident.id === o.incident.id); return k && k.incident.version > o.incident.version ? k : o })
    reached.value = true
    loaded.value = true
    await db.put('kept', 'own', own.value).catch(() => undefined)
    await learnNames()
  } catch (e) {
    if (e instanceof Problem && e.unreachable) reached.value = false
    else if (!(e instanceof Problem && e.status === 401)) throw e
  }
}

async function learnNames() {
  if (names.value.kinds.size === 0 || names.value.ends.length === 0) {
    const [kinds, ends] = await Promise.all([got(api.GET('/v1/incident-kinds')), got(api.GET('/v1/incident-dispositions'))])
    names.value = { ...names.value, kinds: new Map(kinds.items.map((k) => [k.code, { name: k.name, name_en: k.name_en }])), ends: ends.items }
  }
  const wanted = [...new Set(own.value.flatMap((o) => o.incident.assignments.map((a) => a.unit_id)))].filter((u) => !names.value.units.has(u))
  const found = can('unit.read') ? await Promise.all(wanted.map((id) => got(api.GET('/v1/units/{id}', { params: { path: { id } } })).then((u) => [id, u.call_sign] as const, () => undefined))) : []
  names.value = { ...names.value, units: new Map([...names.value.units, ...found.filter((x) => x !== undefined)]) }
  await db.put('kept', 'names', { kinds: [...names.value.kinds], ends: names.value.ends, units: [...names.value.units] }).catch(() => undefined)
}

const asking = new Set<string>()
/** Loads one of them once more; of several changes at once it is asked once. */
async function again(o: Own) {
  if (asking.has(o.incident.id)) return
  asking.add(o.incident.id)
  await new Promise((done) => setTimeout(done, 300))
  asking.delete(o.incident.id)
  const fresh = await ofMessage({ incident_id: o.incident.id, unit_id: o.unit, no: o.no }, o.message, o.seen).catch(() => undefined)
  const now = own.value.find((x) => x.incident.id === o.incident.id)
  if (fresh && (!now || now.incident.version <= fresh.incident.version)) put(fresh)
}

/** What was last known, before anybody is asked. */
async function remember() {
  try {
    await db.ready()
    const [b, o, n, a] = await Promise.all([db.get<Base>('kept', 'base'), db.get<Own[]>('kept', 'own'), db.get<{ kinds: [string, { name: string; name_en: string }][]; ends: Schemas['incident.Disposition'][]; units: [string, string][] }>('kept', 'names'), db.get<typeof about.value>('kept', 'about')])
    base.value = b
    about.value = a
    own.value = o ?? []
    loaded.value = !!o
    if (n) names.value = { kinds: new Map(n.kinds), ends: n.ends, units: new Map(n.units) }
    await outbox.tidy()
    items.value = await outbox.list()
  } catch {
    trouble.value = 'no_database'
  }
}

/** A push arrives while the page is open: it is heard and felt. */
function arrives(p: Parcel) {
  void mark([p.message_id], 'delivered')
  if (p.type !== 'incident.push') return
  sound.play(1, true)
  navigator.vibrate?.([250, 120, 250, 120, 500])
  toast.value = { key: 'push', until: Date.now() + 6000 }
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

export async function start() {
  addEventListener('pointerdown', () => void sound.unlock(), { once: true, capture: true })
  await remember()
  addEventListener('online', () => { online.value = true; failures = 0; void refresh() })
  addEventListener('offline', () => { online.value = false })
  document.addEventListener('visibilitychange', () => { if (!document.hidden) void refresh() })
  setInterval(() => void refresh(), 30_000)
  setInterval(() => {
    second.value++
    if (toast.value && Date.now() > toast.value.until) toast.value = undefined
  }, 1000)
  live.hear<Parcel>('inbox.message', (f) => { if (f.data) arrives(f.data) })
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
  await refresh()
}
