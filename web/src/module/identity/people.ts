import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import type { Choice } from '@/ui/kinds'

/** Accounts whose name or log-in name holds a text, for somebody who may see them. */
export async function searchPeople(q: string, signal?: AbortSignal): Promise<Choice[]> {
  const { items } = await got(api.GET('/v1/users', { params: { query: { q: q || undefined, limit: 20 } }, signal }))
  return items.map((a) => ({ value: a.id, label: a.display_name, hint: a.login }))
}

type Name = Schemas['identity.Name']

const most = 100 // ids in one question

/** The names of some of the staff, as boards show them. */
export function useNames(ids: () => string[]) {
  const wanted = computed(() => [...new Set(ids().filter(Boolean))].sort())
  const q = useQuery({
    queryKey: ['names', wanted], enabled: () => wanted.value.length > 0, staleTime: 60_000, placeholderData: (old: Name[] | undefined) => old,
    queryFn: async () => {
      const parts = Array.from({ length: Math.ceil(wanted.value.length / most) }, (_, i) => wanted.value.slice(i * most, (i + 1) * most))
      return (await Promise.all(parts.map(async (part) => (await got(api.GET('/v1/users/names', { params: { query: { ids: part } }, querySerializer: () => `ids=${part.join(',')}` }))).items))).flat()
    },
  })
  const names = computed(() => new Map((q.data.value ?? []).map((n) => [n.id, n.display_name])))
  return { nameOf: (id?: string) => (id ? names.value.get(id) ?? '' : '') }
}
