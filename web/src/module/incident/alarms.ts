import { onScopeDispose, watch } from 'vue'
import { useAlarms, type Alarms } from '@/shell/alarm'
import { useLive } from '@/shell/live'
import { onTick, serverNow } from '@/shell/time'
import type { Priority } from '@/shell/sound'
import { inReach, warnS, type ClockName } from '@/ui/clocks'
import type { Board, BoardRow } from './board'

/** How much a broken clock asks for: nobody sent is what a dispatcher must never miss. */
const broken = (clock: ClockName): Priority => (clock === 'dispatch' ? 1 : 2)

const alarmId = (incident: string, clock: string) => `clock ${incident} ${clock}`

const soonS = 60 // no clock is told of earlier (warnS)

/**
 * Raises what breaks while somebody watches, and settles what has been done since.
 * What was overdue before (since) is work of the queue, no alarm.
 */
export function judge(list: readonly BoardRow[], alarms: Pick<Alarms, 'list' | 'raise' | 'settle'>, now: number, since: number) {
  const running = new Set<string>()
  for (const b of list) {
    if (b.due > now + soonS * 1000) continue // the next of its clocks to break is far from it
    for (const c of b.clocks) {
      if (c.dueAt! < since || !inReach(c.clock)) continue
      const id = alarmId(b.row.id, c.clock)
      running.add(id)
      const left = (c.dueAt! - now) / 1000
      const raise = (priority: Priority, key: string) => alarms.raise({ id, priority, key: `incident.alarm.${key}`, params: { number: b.row.number, address: b.row.address }, incidentId: b.row.id, raisedAt: now })
      if (left < 0) raise(broken(c.clock), c.clock)
      else if (c.clock === 'dispatch' && left <= warnS(c.targetS ?? 60)) raise(2, 'soon')
    }
  }
  for (const id of alarms.list.keys()) if (id.startsWith('clock ') && !running.has(id)) alarms.settle(id)
}

const lineDownMs = 5000

/** Watches the board and the line of this desk as long as the component lives. */
export function useDeskAlarms(board: Board) {
  const alarms = useAlarms()
  const live = useLive()
  const since = serverNow()
  let downAt: number | undefined
  watch(live.state, (s) => {
    if (s === 'behind') downAt ??= Date.now()
    if (s === 'live') {
      downAt = undefined
      alarms.settle('line')
    }
  })
  onScopeDispose(onTick(() => {
    if (board.state.value === 'ready') judge(board.list.value, alarms, serverNow(), since)
    if (downAt && Date.now() - downAt > lineDownMs) alarms.raise({ id: 'line', priority: 2, key: 'incident.alarm.line' })
    alarms.remind()
  }))
  onScopeDispose(() => {
    for (const id of alarms.list.keys()) alarms.settle(id)
  })
}
