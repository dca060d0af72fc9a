import { computed } from 'vue'
import { useOrgs } from './orgs'

/** The stations that one may see, in their order. */
export function useStations() {
  const orgs = useOrgs()
  return computed(() => (orgs.list.value ?? []).filter((o) => o.kind === 'station' && !o.retired_at))
}
