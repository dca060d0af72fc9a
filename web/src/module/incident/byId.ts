import { api, got, type Schemas } from '@/shell/client'
import { idList, makeById } from '@/shell/byId'

export type Row = Schemas['incident.Row']

const rowById = makeById(async (ids) => (await got(api.GET('/v1/incidents', { params: { query: { ids } }, querySerializer: idList(ids) }))).items.map((r) => [r.id, r] as const))

/** Numbers, places and kinds of incidents by their ids, open or ended. */
export const useRows = () => rowById
