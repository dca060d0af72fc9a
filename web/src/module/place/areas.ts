import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, got } from '@/shell/client'
import { useSession } from '@/shell/session'
import type { Area } from '@/map/geometry'

/** The stations' areas in force, with their outlines; of one station alone if it is said. */
export function useAreas(station: () => string = () => '') {
  const session = useSession()
  const q = useQuery({
    queryKey: ['areas'], staleTime: 10 * 60_000, enabled: () => session.can('place.read'),
    queryFn: async () => (await got(api.GET('/v1/places/areas', { params: { query: { outline: true } } }))).items,
  })
  // A site's own area lies inside its station's: the outlines are drawn from the largest down.
  return computed<Area[]>(() => [...(q.data.value ?? [])].filter((a) => !station() || a.station_id === station()).reverse().map((a) => ({ id: a.id, name: a.name, geometry: a.geometry })))
}
