import { shallowRef } from 'vue'
import { all, api, got, type Schemas } from '@/shell/client'
import { useLive, type Live } from '@/shell/live'

export type Unit = Schemas['unit.Unit']
interface Changed { unit_id: string; version: number; org_id: string; call_sign: string; state: Unit['state']; state_since: string }
interface Moved { unit_id: string; at: string; lat: number; lon: number; accuracy_m: number }

const server = () => all((after) => got(api.GET('/v1/units', { params: { query: { after, limit: 500 } } as never })) as Promise<{ items: Unit[]; next?: string }>)

/** The units that this desk may see, where they are and what they do; told of changes as they happen. */
export function makeFleet(load: () => Promise<Unit[]> = server, live: Live = useLive(), wait: (fn: () => void, ms: number) => void = (fn, ms) => void setTimeout(fn, ms)) {
  const units = new Map<string, Unit>()
  const list = shallowRef<Unit[]>([])
  const failed = shallowRef<unknown>()
  let announced = false
  const stops: (() => void)[] = []

  async function reload() {
    try {
      const all = await load()
      units.clear()
      for (const u of all) units.set(u.id, u)
      failed.value = undefined
    } catch (e) {
      failed.value = e
    }
    announce()
  }
  function announce() {
    if (announced) return
    announced = true
    wait(() => {
      announced = false
      list.value = [...units.values()]
    }, 100)
  }
  function start() {
    stops.push(
      live.hear<Changed>('unit.changed', ({ data }) => {
        const u = data && units.get(data.unit_id)
        if (!u) return void (data && reload())
        if (data.version <= u.version) return
        units.set(u.id, { ...u, version: data.version, org_id: data.org_id, call_sign: data.call_sign, state: data.state, state_since: data.state_since })
        announce()
      }),
      live.hear<Moved>('unit.moved', ({ data }) => {
        const u = data && units.get(data.unit_id)
        if (!u || (u.last_fix && Date.parse(u.last_fix.at) > Date.parse(data.at))) return
        units.set(u.id, { ...u, last_fix: { at: data.at, lat: data.lat, lon: data.lon, accuracy_m: data.accuracy_m } })
        announce()
      }),
      live.onReload(reload),
    )
    void reload()
  }
  function stop() {
    for (const s of stops.splice(0)) s()
  }
  return { list, failed, start, stop, load: reload, get: (id: string) => units.get(id) }
}
export type Fleet = ReturnType<typeof makeFleet>
