import { useQueryClient } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, ref, watch } from 'vue'
import { useLine } from '@/shell/line'
import { serverNow, useAbout, useSecond } from '@/shell/time'
import { useFormats } from '@/shell/useFormats'
import { makeBoard } from '../module/incident/board'
import { perTone } from '../module/incident/rows'
import { spanOf } from '../module/pace/period'
import { useReport } from '../module/pace/useReport'
import { makeFleet } from '../module/unit/fleet'
import { followBuilds } from './build'
import { callsOf, unitsOf } from './figures'

const retryEvery = 5000 // ms; nobody is here to press "again"
const reportEvery = 60_000 // ms
const buildEvery = 10 * 60_000 // ms
const lateAfter = 30_000 // ms without a line, from which on what was loaded is old
const failures = 2 // of a report, from which on what is shown of it is old

/** Everything that the wall shows, kept up to date by itself for as long as it hangs there. */
export function useCity() {
  const live = useLine()
  const queries = useQueryClient()
  const about = useAbout()
  const second = useSecond()
  const f = useFormats()
  const board = makeBoard()
  const fleet = makeFleet()
  board.start()
  fleet.start()

  const look = followBuilds()
  const lost = () => void setTimeout(() => void look(true), retryEvery)
  addEventListener('vite:preloadError', lost) // a part of an older build that is gone
  const timers = [
    setInterval(() => {
      if (board.failure.value) void board.load()
      if (fleet.failed.value) void fleet.load()
    }, retryEvery),
    setInterval(() => void look(), buildEvery),
  ]
  watch(() => live.state.value, (s) => {
    if (s !== 'live') return
    void look()
    void queries.invalidateQueries()
  })
  onBeforeUnmount(() => {
    removeEventListener('vite:preloadError', lost)
    timers.forEach(clearInterval)
    board.stop()
    fleet.stop()
  })

  const loadedAt = ref(0)
  watch(board.state, (s) => { if (s === 'ready') loadedAt.value ||= serverNow() })
  const asOf = computed(() => live.asOf.value || loadedAt.value)
  const stale = computed(() => live.state.value === 'behind' || (live.state.value !== 'live' && loadedAt.value > 0 && second.value * 1000 - loadedAt.value > lateAfter * (about.value?.speed ?? 1)))

  const day = computed(() => (void second.value, f.date(serverNow())))
  const report = useReport(() => ({ span: spanOf({ from: day.value, to: day.value }, about.value?.zone), by: 'none' as const, only: {} }), reportEvery)
  const lines = computed(() => report.data.value?.items)
  const tones = computed(() => (void second.value, perTone(board.list.value, serverNow())))
  const units = computed(() => unitsOf(fleet.list.value))
  return {
    live, board, fleet, asOf, stale, tones, units, lines,
    known: computed(() => report.data.value?.known_at),
    late: computed(() => report.failureCount.value >= failures),
    calls: computed(() => lines.value && callsOf(lines.value)),
    dispatch: computed(() => lines.value?.find((l) => l.clock === 'dispatch')),
    ready: computed(() => board.state.value === 'ready'),
  }
}
export type City = ReturnType<typeof useCity>
