import { api, got } from '@/shell/client'
import { idList, makeById } from '@/shell/byId'

const nameById = makeById(async (ids) => (await got(api.GET('/v1/users/names', { params: { query: { ids } }, querySerializer: idList(ids) }))).items.map((n) => [n.id, n.display_name] as const))

/** What boards and timelines show of members of the staff; "" until it is known. */
export function useNames() {
  return (id: string | undefined): string => nameById(id) ?? ''
}
