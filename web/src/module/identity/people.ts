import { api, got } from '@/shell/client'
import type { Choice } from '@/ui/kinds'

/** Accounts whose name or log-in name holds a text, for somebody who may see them. */
export async function searchPeople(q: string, signal?: AbortSignal): Promise<Choice[]> {
  const { items } = await got(api.GET('/v1/users', { params: { query: { q: q || undefined, limit: 20 } }, signal }))
  return items.map((a) => ({ value: a.id, label: a.display_name, hint: a.login }))
}
