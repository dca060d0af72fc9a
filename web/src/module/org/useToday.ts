import { computed, type Ref } from 'vue'
import { useAbout } from '@/shell/time'
import { comparedWith, useReport, useToday } from '../pace/useReport'
import { spanOf } from '../pace/period'
import { sumOf, total } from '../pace/noise'

const followEvery = 30_000 // ms

/** Today's figures of a station, and those of yesterday up to the same time. */
export function useTodaysFigures(station: Ref<string>, day: Ref<string>) {
  const about = useAbout()
  const { today, minute } = useToday()
  const only = computed(() => (station.value ? { station_id: station.value } : {}))
  const days = computed(() => ({ from: day.value, to: day.value }))
  const now = useReport(() => ({ span: spanOf(days.value, about.value?.zone), by: 'none' as const, only: only.value }), followEvery)
  const before = useReport(() => ({ span: comparedWith('today', days.value, 'period', today(), minute(), about.value?.zone), by: 'none' as const, only: only.value }))
  const calls = computed(() => (now.data.value ? (now.data.value.items[0] ? total(now.data.value.items[0]) : 0) : undefined))
  const callsBefore = computed(() => (before.data.value ? (before.data.value.items[0] ? total(before.data.value.items[0]) : 0) : undefined))
  const arrival = computed(() => (now.data.value ? sumOf(now.data.value.items.filter((l) => l.clock === 'arrival')) : undefined))
  const arrivalBefore = computed(() => (before.data.value ? sumOf(before.data.value.items.filter((l) => l.clock === 'arrival')) : undefined))
  return { report: now, calls, callsBefore, arrival, arrivalBefore, only, days }
}
