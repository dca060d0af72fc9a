import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, got } from '@/shell/client'
import { useSession } from '@/shell/session'

/** The organisations by id: names for what is shown. */
export function useOrgs() {
  const session = useSession()
  const q = useQuery({ queryKey: ['orgs'], staleTime: 5 * 60_000, enabled: () => session.can('org.read'), queryFn: async () => (await got(api.GET('/v1/orgs', { params: { query: { limit: 5000 } } }))).items })
  const nameOf = (id: string) => byId.value.get(id)?.name ?? ''
  const byId = computed(() => new Map((q.data.value ?? []).map((o) => [o.id, o])))
  return { list: q.data, nameOf, shortOf: (id: string) => shortName(nameOf(id)), byId }
}

/** A name for a row: without what stands in brackets at its end. Where there is room stands the whole. */
export const shortName = (name: string) => name.replace(/\s*[(\uff08][^)\uff09]*[)\uff09]\s*$/, '') || name
