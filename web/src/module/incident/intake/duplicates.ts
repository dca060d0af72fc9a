import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose } from 'vue'
import { api, got } from '@/shell/client'
import { useLive } from '@/shell/live'
import type { Draft } from './draft'

/** The recent incidents that this call may be about, asked again whenever one comes in. */
export function useDuplicates(draft: Draft) {
  const queries = useQueryClient()
  const spot = computed(() => draft.spot)
  const called = computed(() => Math.floor(draft.startedAt / 60_000))
  const q = useQuery({
    queryKey: ['intake', 'duplicates', computed(() => spot.value?.lat), computed(() => spot.value?.lon), computed(() => spot.value?.key), called],
    enabled: () => !!(spot.value?.lat || spot.value?.key), staleTime: 0,
    queryFn: async () => (await got(api.GET('/v1/incident-duplicates', { params: { query: { lat: spot.value?.lat, lon: spot.value?.lon, place_key: spot.value?.key, at: new Date(draft.startedAt).toISOString() } } }))).items,
  })
  const live = useLive()
  const off = ['incident.received', 'incident.ended', 'incident.changed'].map((f) => live.hear(f, () => void queries.invalidateQueries({ queryKey: ['intake', 'duplicates'] })))
  onScopeDispose(() => off.forEach((f) => f()))
  return { list: computed(() => (spot.value ? (q.data.value ?? []) : [])), failed: q.isError, asked: computed(() => !!spot.value) }
}
