/** Broken clocks and the reasons why. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, type MaybeRefOrGetter, toValue } from 'vue'
import { all, api, got, type Schemas } from '@/shell/client'
import { useLive } from '@/shell/live'

export type Breach = Schemas['pace.Breach']
export type Reason = Schemas['pace.Reason']
type Asked = { state?: 'open' | 'explained' | 'lifted'; station_id?: string; from?: string; to?: string }

export const mostBreaches = 2000

/** All broken clocks of a question, oldest first; followed by the live feed. */
export function useBreaches(of: MaybeRefOrGetter<Asked>, enabled: MaybeRefOrGetter<boolean> = true) {
  const queries = useQueryClient()
  const asked = computed(() => toValue(of))
  const q = useQuery({ queryKey: ['breaches', asked], enabled: () => toValue(enabled), queryFn: () => all((after) => got(api.GET('/v1/pace/breaches', { params: { query: { ...asked.value, after, limit: 500 } } })), mostBreaches) })
  let waits: ReturnType<typeof setTimeout> | undefined
  const again = () => {
    waits ??= setTimeout(() => {
      waits = undefined
      void queries.invalidateQueries({ queryKey: ['breaches'] })
    }, 400)
  }
  const live = useLive()
  const stops = [live.hear('pace.breached', again), live.hear('pace.revised', again), live.onReload(again)]
  onScopeDispose(() => {
    for (const s of stops) s()
    clearTimeout(waits)
  })
  return q
}

/** The table of reasons; those out of use are for names only. */
export function useReasons() {
  const q = useQuery({ queryKey: ['pace-reasons'], staleTime: 10 * 60_000, queryFn: async () => (await got(api.GET('/v1/pace/reasons'))).items })
  const inUse = computed(() => (q.data.value ?? []).filter((r) => !r.retired_at))
  const byCode = computed(() => new Map((q.data.value ?? []).map((r) => [r.code, r])))
  return { query: q, inUse, byCode }
}

/** Says why clocks broke: all of them or none. */
export function useExplain() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (b: { ids: string[]; code: string; remark?: string }) => got(api.POST('/v1/pace/breaches/reason', { body: b })),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['breaches'] }), queries.invalidateQueries({ queryKey: ['pace'] })]),
  })
}
