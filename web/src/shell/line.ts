import { watch } from 'vue'
import { useLive, type Live } from './live'
import { useSession } from './session'
import { askTime } from './time'

/** Keeps this window's line to the server for as long as the window is there. */
export function useLine(): Live {
  const live = useLive()
  const session = useSession()
  live.start()
  // A line that was cut may lead to another server, or to one that was away for long.
  watch(() => live.state.value, (s) => { if (s === 'live') void askTime(1).catch(() => undefined) })
  watch(() => live.over.value, async (why) => {
    if (!why) return
    const ended = why === 'session_ended' || why === 'session_over'
    if (ended && !(await session.expire())) return
    if (!ended) await session.rightsChanged().catch(() => undefined)
    live.again()
  })
  return live
}
