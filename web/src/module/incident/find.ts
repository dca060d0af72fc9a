import { metresBetween } from '@/map/pin'
import { api, got, type Schemas } from '@/shell/client'

type Row = Schemas['incident.Row']
interface Here { id: string; called_at: string; position?: { lon: number; lat: number }; place_key?: string }

/** What is not the beginning of an address but a number, or a piece of one. */
export const looksLikeNumber = (text: string) => /^[A-Za-z]?\d{6,}/.test(text)

/** Incidents by the whole number, or by the beginning of their address; or just some. */
export async function findIncidents(text: string, signal?: AbortSignal, among?: readonly string[]): Promise<Row[]> {
  if (among) return Promise.all(among.map((id) => got(api.GET('/v1/incidents/{id}', { params: { path: { id } }, signal })) as Promise<unknown> as Promise<Row>))
  const ask = (query: { number?: string; text?: string; limit: number }) => got(api.GET('/v1/incidents', { params: { query }, signal }))
  const page = await ask(looksLikeNumber(text) ? { number: text, limit: 20 } : { text, limit: 20 })
  return page.items
}

const withinM = 1000
const withinMs = 2 * 3600_000

/** Others that may be of the same event: at one address or near, and not long before or after; the nearest first. */
export function nearTo<R extends Here>(me: Here, rows: readonly R[]): R[] {
  const far = (r: R) => (me.place_key && r.place_key === me.place_key ? 0 : me.position && r.position ? metresBetween(me.position, r.position) : Infinity)
  return rows.filter((r) => r.id !== me.id && far(r) <= withinM && Math.abs(Date.parse(r.called_at) - Date.parse(me.called_at)) <= withinMs).sort((a, b) => far(a) - far(b))
}
