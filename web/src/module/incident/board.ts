import { shallowRef, type ShallowRef } from 'vue'
import { useLive, type Frame, type Live } from '@/shell/live'
import { serverNow } from '@/shell/time'
import { clockNames, inReach, type ClockName, type ClockView } from '@/ui/clocks'
import { askServer, type BoardSource, type Row, type Running } from './boardSource'

/** What every frame of an incident carries (api/facts.json). */
interface About {
  incident_id: string; version: number; status: Row['status']; station_id: string; org_id: string; area_class: string
  kind_code: string; priority: number; call_taker: string; called_at: string; occurred_at: string; recorded_at: string
}
interface Received extends About { source: string; number: string; address?: string; position?: Row['position']; place_key?: string }

/** A row of the board with its running clocks, as screens show it. What changes is a new one, so that who shows it notices. */
export interface BoardRow {
  readonly row: Row
  readonly clocks: ClockView[] // running ones that somebody can keep, the next to break first
  readonly due: number // ms of the next one; Infinity when none runs
  readonly fresh: boolean // not seen by anybody at this desk yet
  readonly calledAt: number
}

const batchAfter = 250 // ms in which changes gather before the server is asked
const againMost = 30_000 // ms: the longest that is waited before asking once more what was not answered
const batchMost = 100 // ids in one question

/**
 * Every open incident that this desk may see. It is loaded once; frames change
 * rows at once as far as they tell, and the rest is asked for in batches. A frame
 * that is older than what is known says nothing.
 */
export function makeBoard(source: BoardSource = askServer(), live: Live = useLive(), wait: (fn: () => void, ms: number) => void = (fn, ms) => void setTimeout(fn, ms)) {
  const rows = new Map<string, BoardRow>()
  const list: ShallowRef<BoardRow[]> = shallowRef([])
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading')
  const failure = shallowRef<unknown>()
  const dirty = new Set<string>()
  let announced = false
  let asked = false
  let turn = 0
  let asking = 0 // the timer that counts: one that was set before is passed over
  let pause = batchAfter

  async function load() {
    const mine = ++turn
    try {
      const [r, c] = await Promise.all([source.rows(), source.clocks()])
      if (mine !== turn) return
      const known = new Set(rows.keys())
      const gone = new Set(known)
      for (const row of r) {
        gone.delete(row.id)
        put(row, state.value === 'ready' && !known.has(row.id))
      }
      for (const id of gone) rows.delete(id)
      setClocks(new Set(rows.keys()), c)
      failure.value = undefined
      state.value = 'ready'
      pause = batchAfter
      if (dirty.size) askSoon()
    } catch (e) {
      failure.value = e
      if (state.value === 'loading') state.value = 'failed'
    }
    announce()
  }

  function put(row: Row, fresh: boolean) {
    const known = rows.get(row.id)
    if (known && known.row.version > row.version) return
    rows.set(row.id, known ? { ...known, row } : { row, clocks: [], due: Infinity, fresh, calledAt: Date.parse(row.called_at) })
  }

  function setClocks(ids: Set<string>, running: Running[]) {
    const by = new Map<string, ClockView[]>()
    for (const r of running) {
      if (!(clockNames as readonly string[]).includes(r.clock) || !inReach(r.clock)) continue
      const due = Date.parse(r.due_at)
      const view: ClockView = { clock: r.clock as ClockName, verdict: r.stage === 'breached' ? 'breached' : 'running', dueAt: due, targetS: Math.round((due - Date.parse(r.started_at)) / 1000) }
      by.set(r.incident_id, [...(by.get(r.incident_id) ?? []), view])
    }
    for (const id of ids) {
      const b = rows.get(id)
      if (!b) continue
      const clocks = (by.get(id) ?? []).sort((x, y) => x.dueAt! - y.dueAt!)
      rows.set(id, { ...b, clocks, due: clocks[0]?.dueAt ?? Infinity })
    }
  }

  const ended = new Set(['closed', 'merged', 'withdrawn', 'transferred'])

  function onFrame(f: Frame<About>) {
    const a = f.data
    if (!a?.incident_id) return
    const b = rows.get(a.incident_id)
    if (b && b.row.version >= a.version) return
    if (ended.has(a.status)) {
      rows.delete(a.incident_id)
    } else if (b) {
      put({ ...b.row, version: a.version, status: a.status, station_id: a.station_id, area_class: a.area_class, kind_code: a.kind_code, priority: a.priority }, b.fresh)
    } else if (f.type === 'incident.received' && state.value === 'ready') {
      const r = a as Received
      put({ id: r.incident_id, number: r.number, status: r.status, kind_code: r.kind_code, priority: r.priority, station_id: r.station_id, area_class: r.area_class,
        address: r.address ?? '', position: r.position, place_key: r.place_key, source: r.source, call_taker: r.call_taker, called_at: r.called_at, recorded_at: r.recorded_at,
        risk: '', version: 0 }, true) // version 0: the batch brings the whole row
    }
    if (!ended.has(a.status)) ask(a.incident_id)
    announce()
  }

  function onClock(f: Frame<{ incident_id: string; clock: string }>) {
    if (f.data && rows.has(f.data.incident_id)) ask(f.data.incident_id)
  }

  function ask(id: string) {
    dirty.add(id)
    if (!asked) askSoon()
  }
  function askSoon() {
    asked = true
    const mine = ++asking
    wait(() => { if (mine === asking) void flush() }, pause)
  }

  async function flush() {
    asked = false
    if (stops.length === 0) return dirty.clear() // nobody looks any more
    const ids = [...dirty].slice(0, batchMost)
    for (const id of ids) dirty.delete(id)
    if (ids.length === 0) return
    try {
      const [r, c] = await Promise.all([source.rowsOf(ids), source.clocksOf(ids)])
      const open = new Set(r.map((x) => x.id))
      for (const id of ids) if (!open.has(id)) rows.delete(id)
      for (const row of r) put(row, false)
      setClocks(open, c)
      pause = batchAfter
    } catch {
      for (const id of ids) dirty.add(id)
      pause = Math.min(2 * pause, againMost) // every desk asks: the less often the longer nothing answers
    }
    if (dirty.size && !asked) askSoon()
    announce()
  }

  /** Shows what has changed, at most ten times a second; of thousands, which all who show them look through, four times. */
  function announce() {
    if (announced) return
    announced = true
    wait(() => {
      announced = false
      list.value = inOrder(list.value, rows)
    }, state.value !== 'ready' ? 0 : rows.size > 1000 ? 250 : 100)
  }

  function seen(id: string) {
    const b = rows.get(id)
    if (b?.fresh) {
      rows.set(id, { ...b, fresh: false })
      announce()
    }
  }

  const stops: (() => void)[] = []
  function start() {
    stops.push(live.hear('incident.*', onFrame), live.hear('pace.*', onClock), live.onReload(load))
    void load()
  }
  function stop() {
    for (const s of stops.splice(0)) s()
  }

  return { list, state, failure, start, stop, load, seen, get: (id: string) => rows.get(id), size: () => rows.size }
}
export type Board = ReturnType<typeof makeBoard>

/** The next to break first; what has no running clock after it, the oldest call first. */
export function byUrgency(a: BoardRow, b: BoardRow): number {
  return a.due - b.due || a.calledAt - b.calledAt || (a.row.id < b.row.id ? -1 : 1)
}

/**
 * The rows by urgency. They begin in the order that they had: what is all but sorted
 * is sorted in one pass over it.
 */
export function inOrder(before: readonly BoardRow[], rows: ReadonlyMap<string, BoardRow>): BoardRow[] {
  const known = new Set<string>()
  const now: BoardRow[] = []
  for (const { row } of before) {
    const b = rows.get(row.id)
    if (!b) continue
    known.add(row.id)
    now.push(b)
  }
  if (known.size < rows.size) for (const [id, b] of rows) if (!known.has(id)) now.push(b)
  return now.sort(byUrgency)
}

/** How a row stands: the tone of its next clock. Who asks for many says once what time it is. */
export function toneOfRow(b: BoardRow, now = serverNow()): 'red' | 'yellow' | 'green' {
  const next = b.clocks[0]
  if (!next) return 'green'
  const left = (next.dueAt! - now) / 1000
  return left < 0 ? 'red' : left <= Math.min(60, Math.max(15, (next.targetS ?? 60) / 4)) ? 'yellow' : 'green'
}
