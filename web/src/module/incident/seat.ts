import { onScopeDispose, watch, type Ref } from 'vue'

type Word = { is: 'chosen'; id?: string } | { is: 'here' }
interface Line { postMessage: (w: Word) => void; onmessage: ((e: { data: Word }) => void) | null; close: () => void }

/**
 * Ties the windows of one seat together: what is chosen in one is chosen in all.
 * A window that opens asks what the others have.
 */
export function tieWindows(chosen: Ref<string | undefined>, choose: (id: string | undefined) => void, line: Line | undefined): () => void {
  if (!line) return () => undefined
  let told: string | undefined = chosen.value
  line.onmessage = ({ data }) => {
    if (data.is === 'here') {
      if (chosen.value) line.postMessage({ is: 'chosen', id: chosen.value })
    } else if (data.id !== chosen.value) {
      told = data.id
      choose(data.id)
    }
  }
  const stop = watch(chosen, (id) => {
    if (id === told) return // another window's choice is not handed back
    told = id
    line.postMessage({ is: 'chosen', id })
  })
  if (chosen.value) line.postMessage({ is: 'chosen', id: chosen.value })
  else line.postMessage({ is: 'here' })
  return () => {
    stop()
    line.close()
  }
}

export function useSeat(chosen: Ref<string | undefined>, choose: (id: string | undefined) => void) {
  onScopeDispose(tieWindows(chosen, choose, typeof BroadcastChannel === 'undefined' ? undefined : (new BroadcastChannel('zhian.seat') as unknown as Line)))
}

/** Opens the map in a window of its own; the same one if it is open. */
export function openMapWindow() {
  window.open('/c/map', 'zhian.map', 'popup,width=1280,height=900')
}
