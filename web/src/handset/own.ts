import { ref, shallowRef } from 'vue'
import { api, got } from '@/shell/client'
import { Problem } from '@/shell/problem'
import { centreNow, reached } from './centre'
import { db } from './db'
import { learnNames } from './names'
import type { Near, Own } from './project'
import { can, state } from './session'

type PushBody = { incident_id?: string; unit_id?: string; no?: number; nearby?: Near[] }

/** The officer's own incidents: those whose push is in the inbox, open ones and those that ended today. */
export const own = shallowRef<Own[]>([])
export const loaded = ref(false)
const shownAfterEnd = 12 * 3600_000 // ms
const shown = 40

const knownOf = (incident: string) => own.value.find((o) => o.incident.id === incident)

/** Puts one in the place of what was known of it. */
export function put(o: Own) {
  own.value = [...own.value.filter((x) => x.incident.id !== o.incident.id), o]
  void db.put('kept', 'own', own.value).catch(() => undefined)
}

/** Marks pushes; what is marked twice or too late is no matter. False: the centre did not hear it. */
export async function mark(ids: string[], to: 'delivered' | 'seen'): Promise<boolean> {
  return !ids.length || api.POST('/v1/inbox/marks', { body: { ids, to } }).then(() => true, () => false)
}

/** Opens an incident: its push counts as seen, once the hazards of the place are acknowledged and the centre has heard it. */
export async function opened(o: Own) {
  const a = o.incident.assignments.find((x) => x.no === o.no)
  if (o.seen || (o.incident.hazards?.length && !a?.hazards_seen)) return
  if (!await mark([o.message], 'seen')) return
  const now = knownOf(o.incident.id)
  if (now) put({ ...now, seen: true })
}

async function ofMessage(body: PushBody, message: string, seen: boolean): Promise<Own> {
  const id = body.incident_id!
  const known = knownOf(id)
  const at = Date.now()
  const [incident, pace] = await Promise.all([
    got(api.GET('/v1/incidents/{id}', { params: { path: { id } } })),
    can('pace.read') ? got(api.GET('/v1/pace/incidents/{id}', { params: { path: { id } } })).catch(() => undefined) : undefined,
  ])
  return { incident, unit: body.unit_id!, no: body.no!, message, seen: seen || (known?.seen ?? false), clocks: pace?.clocks ?? known?.clocks ?? [], nearby: body.nearby ?? known?.nearby ?? [], at }
}

/** The newest push of each incident that is to be shown. */
async function pushes() {
  const inbox = (await got(api.GET('/v1/inbox', { params: { query: { limit: 100 } } }))).items.filter((m) => m.type === 'incident.push')
  void mark(inbox.filter((m) => !m.delivered_at && !m.withdrawn_at).map((m) => m.message_id), 'delivered')
  const newest = new Map<string, (typeof inbox)[number]>()
  for (const m of inbox) {
    const ended = m.withdrawn_at && (m.withdrawn_reason === 'unassigned' || centreNow() - Date.parse(m.withdrawn_at) >= shownAfterEnd)
    if (m.body && m.subject.id && !ended && !newest.has(m.subject.id)) newest.set(m.subject.id, m)
  }
  return [...newest.values()].slice(0, shown)
}

async function loadOnce() {
  if (state.value !== 'in') return
  try {
    const found = await Promise.all((await pushes()).map((m) => ofMessage(m.body as PushBody, m.message_id, !!m.seen_at).catch((e: unknown) => {
      if (e instanceof Problem && e.status === 404) return undefined
      throw e
    })))
    own.value = found.filter((o): o is Own => !!o).map((o) => {
      const known = knownOf(o.incident.id)
      return known && known.incident.version > o.incident.version ? known : o
    })
    reached.value = true
    loaded.value = true
    await db.put('kept', 'own', own.value).catch(() => undefined)
    await learnNames(own.value.flatMap((o) => o.incident.assignments.map((a) => a.unit_id)))
  } catch (e) {
    if (e instanceof Problem && e.unreachable) reached.value = false
    else if (!(e instanceof Problem && e.status === 401)) throw e
  }
}

let loading: Promise<void> | undefined
let stale = false
/** Loads them all; asked while it loads, it loads once more: what is under way may not have seen why it was asked. */
export function load(): Promise<void> {
  stale = true
  loading ??= (async () => {
    while (stale) {
      stale = false
      await loadOnce()
    }
  })().finally(() => { loading = undefined })
  return loading
}

const asking = new Set<string>()
/** Loads one of them once more; of several changes at once it is asked once. */
export async function again(o: Own) {
  if (asking.has(o.incident.id)) return
  asking.add(o.incident.id)
  await new Promise((done) => setTimeout(done, 300))
  asking.delete(o.incident.id)
  const fresh = await ofMessage({ incident_id: o.incident.id, unit_id: o.unit, no: o.no }, o.message, o.seen).catch(() => undefined)
  const now = knownOf(o.incident.id)
  if (fresh && (!now || now.incident.version <= fresh.incident.version)) put(fresh)
}

/** What was last known, before anybody is asked. */
export async function rememberOwn() {
  const kept = await db.get<Own[]>('kept', 'own')
  own.value = kept ?? []
  loaded.value = !!kept
}
