import { shallowRef } from 'vue'
import { Problem } from '@/shell/problem'
import type { Draft } from './draft'

/**
 * Calls that are on their way. Each is on this machine before it is sent, under
 * the key that it is sent with every time: the server takes it once, however
 * often it comes and whatever becomes of the answer. Only an answer takes it off.
 */
export interface Job {
  key: string
  account: string
  at: number
  draft: Draft // to go on with, should it be refused
  send: { kind: 'incident'; body: unknown } | { kind: 'note'; id: string; text: string }
  next?: 'dispatch' | { merge: string }
}
export type Sent =
  | { state: 'taken'; id: string; number: string; late: boolean }
  | { state: 'held'; id: string }
  | { state: 'kept' } // not yet with the server; it will be tried again
  | { state: 'refused'; problem: Problem }

type Store = Pick<Storage, 'getItem' | 'setItem'>
const name = (account: string) => `zhian.intake.out.${account}`
const againAfter = 4000

export interface Wire {
  /** Rejects with a Problem. */
  post: (job: Job) => Promise<{ id: string; number?: string; held?: boolean }>
  wait: (ms: number, fn: () => void) => void
  now: () => number
}

export function makeOutbox(store: Store, account: string, wire: Wire) {
  const waiting = shallowRef<Job[]>(load())
  const stuck = shallowRef<Job[]>(waiting.value) // those that an attempt has not brought over
  const safe = shallowRef(true) // whether what waits is on this machine's disk
  const under = new Map<string, Promise<Sent>>()
  let heard: (job: Job, sent: Sent) => void = () => undefined
  let timed = false

  function load(): Job[] {
    try {
      return JSON.parse(store.getItem(name(account)) ?? '[]') as Job[]
    } catch {
      return []
    }
  }
  function put(list: Job[]) {
    waiting.value = list
    stuck.value = stuck.value.filter((j) => list.includes(j))
    try {
      store.setItem(name(account), JSON.stringify(list))
      safe.value = true
    } catch {
      safe.value = false
    }
  }

  /** Sends something. Resolves with what has become of it for now. */
  async function add(job: Job): Promise<Sent> {
    if (!waiting.value.some((j) => j.key === job.key)) put([...waiting.value, job])
    return attempt(job)
  }
  function attempt(job: Job): Promise<Sent> {
    const running = under.get(job.key)
    if (running) return running
    const p = once(job).finally(() => under.delete(job.key))
    under.set(job.key, p)
    return p
  }
  async function once(job: Job): Promise<Sent> {
    let sent: Sent
    try {
      const a = await wire.post(job)
      sent = a.held ? { state: 'held', id: a.id } : { state: 'taken', id: a.id, number: a.number ?? '', late: wire.now() - job.at > 30_000 }
    } catch (e) {
      const p = e instanceof Problem ? e : new Problem(0, 'network.unreachable')
      const passing = p.unreachable || p.status === 401 || p.status === 429 || p.status >= 500
      sent = passing ? { state: 'kept' } : { state: 'refused', problem: p }
    }
    if (sent.state === 'kept') {
      if (!stuck.value.includes(job)) stuck.value = [...stuck.value, job]
      later()
    } else put(waiting.value.filter((j) => j.key !== job.key))
    return sent
  }
  function later() {
    if (timed) return
    timed = true
    wire.wait(againAfter, () => {
      timed = false
      void flush()
    })
  }
  /** Tries everything again that waits, oldest first. */
  async function flush() {
    for (const job of waiting.value) {
      if (under.has(job.key)) continue
      const sent = await attempt(job)
      if (sent.state !== 'kept') heard(job, sent)
    }
  }
  /** Hears what becomes of what was sent again. */
  const onSettled = (fn: typeof heard) => { heard = fn }
  return { waiting, stuck, safe, add, flush, onSettled }
}
export type Outbox = ReturnType<typeof makeOutbox>
