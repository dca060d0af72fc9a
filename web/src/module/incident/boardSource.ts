import { all, api, got, type Schemas } from '@/shell/client'
import { useSession } from '@/shell/session'

export type Row = Schemas['incident.Row']
export type Running = Schemas['pace.Running']

/** How the board asks the server; a test puts its own in. */
export interface BoardSource {
  rows: () => Promise<Row[]>
  clocks: () => Promise<Running[]>
  rowsOf: (ids: string[]) => Promise<Row[]>
  clocksOf: (ids: string[]) => Promise<Running[]>
}

/** Who may not see clocks has a board without them. */
export function askServer(): BoardSource {
  const session = useSession()
  const ifSeen = async (clocks: () => Promise<Running[]>) => (session.can('pace.read') ? clocks() : [])
  return {
    rows: () => all((after) => got(api.GET('/v1/board', { params: { query: { after, limit: 500 } } }))),
    clocks: () => ifSeen(() => all((after) => got(api.GET('/v1/pace/live', { params: { query: { after, limit: 500 } } })))),
    rowsOf: async (ids) => (await got(api.GET('/v1/board', { params: { query: { ids } }, querySerializer: commas }))).items,
    clocksOf: (ids) => ifSeen(async () => (await got(api.GET('/v1/pace/live', { params: { query: { ids } }, querySerializer: commas }))).items),
  }
}
const commas = (q: Record<string, unknown>) => Object.entries(q).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`).join('&')
