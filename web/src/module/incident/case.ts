import { useQuery, useQueryClient, type QueryFunctionContext } from '@tanstack/vue-query'
import { computed, onScopeDispose, type Ref } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import { useLive } from '@/shell/live'
import { painted } from '@/shell/paint'
import type { Problem } from '@/shell/problem'
import { useSession } from '@/shell/session'

export type Incident = Schemas['incident.Incident']
export type Assignment = Schemas['incident.Assignment']
export type Candidate = Schemas['incident.Candidate']
export type Entry = Schemas['incident.Entry']

const ended = new Set(['closed', 'merged', 'withdrawn', 'transferred'])
export const isOpen = (status: string) => !ended.has(status)
export const isLive = (a: Assignment) => !a.withdrawn && a.state !== 'cleared'

const gatherMs = 250 // in which news of an incident gathers before it is read anew
const unitsMs = 1500 // the same for news of units, which are many
const rankEveryMs = 15_000 // units move all the time

/**
 * Everything that the console shows of one incident, kept fresh by what the live
 * channel tells of it. Each part says for itself whether it has come or failed.
 */
export function useCase(id: Ref<string | undefined>) {
  const session = useSession()
  const queries = useQueryClient()
  const live = useLive()
  const path = (of: string) => ({ params: { path: { id: of } } })
  /** Who goes through the queue sees each row chosen at once; the rest is asked for then, of one that is still chosen. */
  const ask = <T>(fn: (id: string) => Promise<T>) => async ({ queryKey, signal }: QueryFunctionContext) => {
    await painted()
    signal.throwIfAborted()
    return fn(queryKey[1] as string)
  }
  const some = (permission: string) => () => !!id.value && session.can(permission)

  const incident = useQuery({ queryKey: ['incident', id], enabled: some('incident.read'), queryFn: ask((of) => got(api.GET('/v1/incidents/{id}', path(of)))) })
  const now = computed(() => incident.data.value)
  const placed = computed(() => !!now.value?.position && isOpen(now.value.status))
  const pace = useQuery({ queryKey: ['pace', id], enabled: some('pace.read'), queryFn: ask((of) => got(api.GET('/v1/pace/incidents/{id}', path(of)))) })
  const timeline = useQuery({ queryKey: ['timeline', id], enabled: some('incident.read'), queryFn: ask(async (of) => (await got(api.GET('/v1/incidents/{id}/timeline', path(of)))).items) })
  const earlier = useQuery({ queryKey: ['earlier', id], enabled: some('incident.read'), staleTime: 60_000, queryFn: ask(async (of) => (await got(api.GET('/v1/incidents/{id}/earlier', path(of)))).items) })
  const ranking = useQuery({
    queryKey: ['candidates', id], enabled: () => some('incident.dispatch')() && placed.value, staleTime: 0, refetchInterval: rankEveryMs,
    queryFn: ask((of) => got(api.GET('/v1/incidents/{id}/candidates', path(of)))),
  })

  const again = (parts: string[]) => Promise.all(parts.map((p) => queries.invalidateQueries({ queryKey: [p, id.value] })))
  const gathered = (parts: string[], ms: number) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    onScopeDispose(() => clearTimeout(timer))
    return () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void again(parts)
      }, ms)
    }
  }
  const everything = gathered(['incident', 'timeline', 'pace', 'candidates'], gatherMs)
  const rank = gathered(['candidates'], unitsMs)
  const mine = ({ data }: { data?: unknown }) => {
    if ((data as { incident_id?: string } | undefined)?.incident_id === id.value) everything()
  }
  const stops = [
    live.hear('incident.*', mine), live.hear('pace.*', mine), live.onReload(everything),
    live.hear<{ unit_id: string }>('unit.changed', ({ data }) => {
      if (ranking.data.value?.items.some((c) => c.unit_id === data?.unit_id)) rank()
    }),
  ]
  onScopeDispose(() => stops.forEach((stop) => stop()))

  /** Takes in what the server answered to a change, before the live channel tells of it. */
  function took(answer: Incident) {
    queries.setQueryData(['incident', answer.id], (was: Incident | undefined) => (was && was.version > answer.version ? was : { ...answer, contact: was?.contact ?? answer.contact, has_contact: was?.has_contact ?? answer.has_contact }))
    everything()
  }

  /** Units that could be sent, best first, without those that are on it already. */
  const candidates = computed((): Candidate[] => {
    const on = new Set(now.value?.assignments.filter((a) => isLive(a) && a.state !== 'reserved').map((a) => a.unit_id))
    return (ranking.data.value?.items ?? []).filter((c) => !on.has(c.unit_id))
  })
  const units = computed(() => now.value?.assignments.filter(isLive) ?? [])
  const failure = computed(() => incident.error.value as Problem | null)

  return { id, now, incident, pace, timeline, earlier, ranking, candidates, units, placed, failure, took, refresh: () => again(['incident', 'timeline', 'pace', 'candidates', 'earlier']) }
}
export type Case = ReturnType<typeof useCase>
