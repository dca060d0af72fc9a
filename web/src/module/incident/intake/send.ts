import { watch } from 'vue'
import { api, fresh, got, type Schemas } from '@/shell/client'
import { Problem } from '@/shell/problem'
import { useSession } from '@/shell/session'
import { endShift } from './keep'
import { makeOutbox, type Job, type Outbox } from './outbox'

/** Sends a job under its own key; the client repeats it a few times by itself. */
async function post(job: Job) {
  const headers = { 'Idempotency-Key': job.key }
  if (job.send.kind === 'note') {
    const n = await got(api.POST('/v1/incidents/{id}/notes', { params: { path: { id: job.send.id } }, body: { text: job.send.text } as never, headers }))
    return { id: n.id, number: n.number }
  }
  const a = await api.POST('/v1/incidents', { body: job.send.body as Schemas['incident.Intake'], headers })
  const body = a.data as unknown as { id: string; number?: string; held?: boolean }
  return { id: body.id, number: body.number, held: a.response.status === 202 }
}

const boxes = new Map<string, Outbox>()

/** The outbox of who is at this desk. It goes on sending while this window lives. */
export function useOutbox(account: string): Outbox {
  const known = boxes.get(account)
  if (known) return known
  const session = useSession()
  const box = makeOutbox(localStorage, account, {
    // Another one sits here now: what waits goes out when its own author is back.
    post: (job) => (session.account?.id === job.account ? post(job) : Promise.reject(new Problem(0, 'network.unreachable'))),
    wait: (ms, fn) => void setTimeout(fn, ms), now: Date.now,
  })
  boxes.set(account, box)
  addEventListener('online', () => void box.flush())
  document.addEventListener('visibilitychange', () => { if (!document.hidden) void box.flush() })
  watch(() => session.state, (s, was) => {
    if (s === 'out' && was !== 'unknown') endShift(localStorage, account)
  })
  return box
}

export type Dispatched = { state: 'sent'; unit: string } | { state: 'choose'; why: 'no_point' | 'none_free' | 'refused'; problem?: Problem }

/** Sends the unit that the house proposes first. Where that needs a person's reason, or there is none, a person chooses. */
export async function sendNearest(id: string): Promise<Dispatched> {
  try {
    const list = await got(api.GET('/v1/incidents/{id}/candidates', { params: { path: { id } } }))
    const best = list.items[0]
    if (!best || best.shortfalls.length) return { state: 'choose', why: 'none_free' }
    await got(api.POST('/v1/incidents/{id}/dispatch', { params: { path: { id } }, body: { unit_ids: [best.unit_id] } as never }))
    return { state: 'sent', unit: best.call_sign }
  } catch (e) {
    const problem = e instanceof Problem ? e : undefined
    return { state: 'choose', why: problem?.key === 'incident.no_point' ? 'no_point' : 'refused', problem }
  }
}

export async function mergeInto(id: string, into: string) {
  await got(api.POST('/v1/incidents/{id}/merge', { params: { path: { id } }, body: { into } as never }))
}
export { fresh }
