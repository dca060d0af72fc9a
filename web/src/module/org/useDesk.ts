import { keepPreviousData, useQueries } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, type Ref } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import { useSession } from '@/shell/session'
import { serverNow, useAbout, useSecond } from '@/shell/time'
import { useFormats } from '@/shell/useFormats'
import { momentOf } from '@/ui/dates'
import { makeBoard } from '../incident/board'
import { useBreaches } from '../pace/breaches'
import { makeFleet } from '../unit/fleet'
import { todoOf, unsure } from './todo'

const mostDetails = 60 // of a station's open incidents

/** Everything of one station, or of all that one may see, that changes while one looks. */
export function useDesk(station: Ref<string>) {
  const session = useSession()
  const about = useAbout()
  const f = useFormats()
  const second = useSecond()
  const board = makeBoard()
  const fleet = makeFleet()
  board.start()
  fleet.start()
  onBeforeUnmount(() => {
    board.stop()
    fleet.stop()
  })
  const of = computed(() => station.value || undefined)
  const day = computed(() => (void second.value, f.date(serverNow())))
  const since = computed(() => momentOf(day.value, '00:00', about.value?.zone))
  const waiting = useBreaches(() => ({ station_id: of.value, state: 'open' as const }))
  const broken = useBreaches(() => ({ station_id: of.value, from: since.value }))
  const rows = computed(() => board.list.value.filter((b) => !of.value || b.row.station_id === of.value))
  const asked = computed(() => unsure(rows.value.map((b) => b.row)).slice(0, mostDetails))
  const details = useQueries({
    queries: computed(() => asked.value.map((r) => ({ queryKey: ['incident', r.id, r.version], staleTime: Infinity, placeholderData: keepPreviousData, queryFn: () => got(api.GET('/v1/incidents/{id}', { params: { path: { id: r.id } } })) }))),
  })
  const known = computed(() => new Map(details.value.flatMap((d) => (d.data ? [[d.data.id, d.data] as const] : [])) as [string, Schemas['incident.Incident']][]))
  const todo = computed(() => todoOf({ breaches: waiting.data.value ?? [], open: rows.value.map((b) => b.row), details: known.value, now: second.value * 1000, may: { explain: session.can('pace.reason'), respond: session.can('incident.respond') } }))
  const units = computed(() => fleet.list.value.filter((u) => !of.value || u.org_id === of.value))
  return { board, fleet, rows, waiting, broken, todo, details: known, units, day }
}
export type Desk = ReturnType<typeof useDesk>
