import { shallowRef } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import { useLive } from '@/shell/live'
import { serverNow } from '@/shell/time'
import { looksLikeNumber } from './find'

type Row = Schemas['incident.Row']
export const endings = ['closed', 'withdrawn', 'merged', 'transferred'] as const
const withinMs = 24 * 3600_000
const pageSize = 100

/** How it asks the server; a test puts its own in. */
export type EndedSource = (q: { status?: string; number?: string; text?: string; from?: string; after?: string; limit: number }) => Promise<{ items: Row[]; next?: string }>
const server: EndedSource = (query) => got(api.GET('/v1/incidents', { params: { query: query as never } }))

/**
 * Incidents that are over: those of calls of a day, or, for what was typed, by the
 * whole number or the beginning of the address however old. The latest call first.
 */
export function makeEnded(ask: EndedSource = server, now: () => number = serverNow) {
  const list = shallowRef<Row[]>([])
  const state = shallowRef<'idle' | 'loading' | 'ready' | 'failed'>('idle')
  const failure = shallowRef<unknown>()
  const more = shallowRef(false)
  let next = new Map<string, string | undefined>()
  let turn = 0
  let typed = ''

  const query = (status: string) => ({ status, text: typed || undefined, from: typed ? undefined : new Date(now() - withinMs).toISOString(), limit: pageSize })
  function put(rows: Row[], after: Map<string, string | undefined>, fresh: boolean) {
    const by = new Map((fresh ? [] : list.value).map((r) => [r.id, r]))
    for (const r of rows) by.set(r.id, r)
    list.value = [...by.values()].sort((a, b) => (a.called_at < b.called_at ? 1 : -1))
    next = after
    more.value = after.size > 0
    state.value = 'ready'
  }
  async function gather(statuses: string[], fresh: boolean) {
    const mine = ++turn
    if (fresh) state.value = 'loading'
    try {
      if (looksLikeNumber(typed)) {
        const page = await ask({ number: typed, limit: pageSize })
        if (mine === turn) put(page.items, new Map(), true)
        return
      }
      const pages = await Promise.all(statuses.map((s) => ask({ ...query(s), after: fresh ? undefined : next.get(s) })))
      if (mine !== turn) return
      put(pages.flatMap((p) => p.items), new Map(pages.flatMap((p, i) => (p.next ? [[statuses[i]!, p.next] as const] : []))), fresh)
    } catch (e) {
      if (mine !== turn) return
      failure.value = e
      state.value = 'failed'
    }
  }
  const load = (text = typed) => {
    typed = text.trim()
    return gather([...endings], true)
  }
  const onward = () => gather([...next.keys()], false)
  return { list, state, failure, more, load, onward }
}

const restMs = 1000

/** The list of this desk; it is read when it is first looked at, and follows then. */
export function useEnded(stop: (fn: () => void) => void) {
  const e = makeEnded()
  const live = useLive()
  let timer: ReturnType<typeof setTimeout> | undefined
  const again = () => {
    if (e.state.value === 'idle') return
    timer ??= setTimeout(() => {
      timer = undefined
      void e.load()
    }, restMs)
  }
  const stops = [live.hear('incident.ended', again), live.onReload(again)]
  stop(() => {
    clearTimeout(timer)
    for (const s of stops) s()
  })
  return e
}
