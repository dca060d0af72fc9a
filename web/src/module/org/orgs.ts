import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, got } from '@/shell/client'
import { useSession } from '@/shell/session'

/** The organisations by id: names for what is shown. */
export function useOrgs() {
  const session = useSession()
  const q = useQuery({ queryKey: ['orgs'], staleTime: 5 * 60_000, enabled: () => session.can('org.read'), queryFn: async () => (await got(api.GET('/v1/orgs', { params: { query: { limit: 5000 } } }))).items })
  const byId = computed(() => new Map((q.data.value ?? []).map((o) => [o.id, o])))
  return { list: q.data, nameOf: (id: string) => byId.value.get(id)?.name ?? '' , byId }
}
