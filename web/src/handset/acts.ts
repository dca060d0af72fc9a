import { computed, ref, shallowRef } from 'vue'
import { fresh, type Schemas } from '@/shell/client'
import { Problem } from '@/shell/problem'
import { base, measure, reached } from './centre'
import { db, Full, NoDatabase } from './db'
import { makeOutbox, undoable, type Deed, type Item } from './outbox'
import { own, put } from './own'
import { conflictsOf, type Own } from './project'
import { account, state } from './session'

/** What the officer did: kept on the device at once, sent when it can be. */
export const items = shallowRef<Item[]>([])
export const sending = ref(false)
export const trouble = ref<'full' | 'no_database'>()
export const toast = shallowRef<{ key: string; n?: number; message?: string; until: number }>()

export const waiting = computed(() => items.value.filter((i) => i.state === 'waiting'))
export const foreign = computed(() => waiting.value.filter((i) => i.user !== account.value?.id))
export const troubled = computed(() => items.value.filter((i) => i.state === 'refused' || i.state === 'conflict'))

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

let listing: ReturnType<typeof setTimeout> | undefined
/** Shows what the outbox holds; of many changes at once the last one is shown. */
function listSoon() {
  listing ??= setTimeout(async () => {
    listing = undefined
    items.value = await outbox.list().catch(() => items.value)
  }, 40)
}

let queue: Promise<unknown> = Promise.resolve()
/** Two windows of one device send one after the other. */
const alone = <T>(fn: () => Promise<T>): Promise<T> => {
  if (navigator.locks) return navigator.locks.request('zhian.outbox', fn) as Promise<T>
  const mine = queue.then(fn, fn)
  queue = mine.catch(() => undefined)
  return mine
}

let arrived = 0
/** What the centre answered takes the place of what was known, and is compared with what was meant. */
function sent(i: Item, answer: unknown): 'conflict' | 'sent' {
  arrived++
  const incident = answer as Schemas['incident.Incident']
  const known = own.value.find((o) => o.incident.id === incident.id)
  if (known && incident.version >= known.incident.version) {
    const contact = incident.contact ?? known.incident.contact // an answer to a deed tells none
    put({ ...known, incident: { ...incident, contact, has_contact: incident.has_contact || known.incident.has_contact }, at: Date.now() })
  }
  const differing = known && i.deed.do === 'feedback' && conflictsOf({ ...known, incident }).reports.length > 0
  return differing || (i.deed.do === 'close' && incident.disposition !== i.deed.disposition) ? 'conflict' : 'sent'
}

export const outbox = makeOutbox({ db, now: Date.now, fresh, post, base: () => base.value, measure, alone }, { changed: listSoon, sent })

/** Does something. False: there was no room for it. */
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
let timer: ReturnType<typeof setTimeout> | undefined
/** The network is back: the next failure is the first. */
export const hurry = () => { failures = 0 }

/** How long to wait after a failure, ms; a network that let something through is bad, not gone. */
function pauseAfter(e: unknown, before: number) {
  if (!(e instanceof Problem) || e.unreachable) reached.value = false
  if (arrived > before) failures = 0
  return failures++ ? Math.min(30_000, 500 * 2 ** (failures - 1)) : 200
}

/** Sends what waits; when the network fails, again after a pause, when it is back, when the page is looked at, and every 30 s. */
export async function flush() {
  clearTimeout(timer)
  const user = account.value?.id
  if (!user || (state.value !== 'in' && state.value !== 'away') || sending.value) return
  const mine = () => items.value.some((i) => i.state === 'waiting' && i.user === user)
  if (!mine()) items.value = await outbox.list()
  if (!mine()) return
  sending.value = true
  let next = 0
  const before = arrived
  try {
    next = await outbox.flush(user)
    failures = 0
    reached.value = true
    state.value = 'in'
  } catch (e) {
    if (e instanceof Problem && e.status === 401) state.value = 'over'
    else next = pauseAfter(e, before)
  } finally {
    sending.value = false
  }
  if (next > 0) timer = setTimeout(() => void flush(), next)
}

/** What was done before the page was closed. */
export async function rememberActs() {
  await outbox.tidy()
  items.value = await outbox.list()
}
