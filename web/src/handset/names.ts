import { shallowRef } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import { db } from './db'
import { can } from './session'

type Kind = { name: string; name_en: string }
type Kept = { kinds: [string, Kind][]; ends: Schemas['incident.Disposition'][]; units: [string, string][] }

/** What codes and ids are called, kept on the device. */
export const names = shallowRef({ kinds: new Map<string, Kind>(), ends: [] as Schemas['incident.Disposition'][], units: new Map<string, string>() })

/** Learns kinds and endings once, and the call-signs of units that are not known yet. */
export async function learnNames(units: string[]) {
  if (names.value.kinds.size === 0 || names.value.ends.length === 0) {
    const [kinds, ends] = await Promise.all([got(api.GET('/v1/incident-kinds')), got(api.GET('/v1/incident-dispositions'))])
    names.value = { ...names.value, kinds: new Map(kinds.items.map((k) => [k.code, { name: k.name, name_en: k.name_en }])), ends: ends.items }
  }
  const wanted = [...new Set(units)].filter((u) => !names.value.units.has(u))
  const found = can('unit.read') ? await Promise.all(wanted.map((id) => got(api.GET('/v1/units/{id}', { params: { path: { id } } })).then((u) => [id, u.call_sign] as const, () => undefined))) : []
  names.value = { ...names.value, units: new Map([...names.value.units, ...found.filter((x) => x !== undefined)]) }
  const kept: Kept = { kinds: [...names.value.kinds], ends: names.value.ends, units: [...names.value.units] }
  await db.put('kept', 'names', kept).catch(() => undefined)
}

export async function rememberNames() {
  const n = await db.get<Kept>('kept', 'names')
  if (n) names.value = { kinds: new Map(n.kinds), ends: n.ends, units: new Map(n.units) }
}
