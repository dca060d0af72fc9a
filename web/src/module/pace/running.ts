import { shallowRef } from 'vue'
import { all, api, got, type Schemas } from '@/shell/client'
import { useLive, type Frame, type Live } from '@/shell/live'

export type Running = Schemas['pace.Running']

/** How the board of running clocks asks the server; a test puts its own in. */
export interface Source { all: () => Promise<Running[]>; of: (ids: string[]) => Promise<Running[]> }
const server: Source = {
  all: () => all((after) => got(api.GET('/v1/pace/live', { params: { query: { after, limit: 500 } } }))),
  of: async (ids) => (await got(api.GET('/v1/pace/live', { params: { query: { ids } }, querySerializer: () => `ids=${ids.map(encodeURIComponent).join(',')}` }))).items,
}
const gatherFor = 250 // ms in which changes gather before the server is asked
const batchMost = 100

export const keyOf = (r: Pick<Running, 'incident_id' | 'clock'>) => `${r.incident_id}.${r.clock}`

/** Every running clock that may be seen, the next to break first; what happens to an incident asks for its clocks anew. */
export function makeRunning(source: Source = server, live: Live = useLive(), wait: (fn: () => void, ms: number) => void = (fn, ms) => void setTimeout(fn, ms)) {
  const byIncident = new Map<string, Running[]>()
  const list = shallowRef<Running[]>([])
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading')
  const failure = shallowRef<unknown>()
  const dirty = new Set<string>()
  let asked = false
  let turn = 0
  const stops: (() => void)[] = []

  function put(ids: Iterable<string>, running: Running[]) {
    for (const id of ids) byIncident.delete(id)
    for (const r of running) byIncident.set(r.incident_id, [...(byIncident.get(r.incident_id) ?? []), r])
    list.value = [...byIncident.values()].flat().sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at) || (keyOf(a) < keyOf(b) ? -1 : 1))
  }
  async function load() {
    const mine = ++turn
    try {
      const running = await source.all()
      if (mine !== turn) return
      put([...byIncident.keys()], running)
      failure.value = undefined
      state.value = 'ready'
    } catch (e) {
      failure.value = e
      if (state.value === 'loading') state.value = 'failed'
    }
  }
  function ask(id: string) {
    dirty.add(id)
    if (asked) return
    asked = true
    wait(() => void flush(), gatherFor)
  }
  async function flush() {
    asked = false
    const ids = [...dirty].slice(0, batchMost)
    for (const id of ids) dirty.delete(id)
    try {
      put(ids, await source.of(ids))
    } catch {
      for (const id of ids) dirty.add(id) // with the next change, or when the line is back
      return
    }
    if (dirty.size) ask([...dirty][0]!)
  }
  function hear(f: Frame<{ incident_id?: string }>) {
    if (f.data?.incident_id && state.value === 'ready') ask(f.data.incident_id)
  }
  function start() {
    stops.push(live.hear('incident.*', hear), live.hear('pace.*', hear), live.onReload(load))
    void load()
  }
  function stop() {
    for (const s of stops.splice(0)) s()
  }
  return { list, state, failure, load, start, stop }
}
