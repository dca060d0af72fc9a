import { describe, expect, it } from 'vitest'
import type { Frame, Live } from '@/shell/live'
import { inOrder, makeBoard, toneOfRow, type BoardRow } from './board'
import type { BoardSource } from './boardSource'

type Row = BoardRow['row']
const at = Date.parse('2026-11-25T06:00:00Z')
const iso = (s: number) => new Date(at + s * 1000).toISOString()
const row = (id: string, version = 1, extra: Partial<Row> = {}): Row => ({ id, number: id, status: 'received', kind_code: '4', priority: 2, station_id: 's', area_class: 'town', address: id, source: 'phone', call_taker: 'c', called_at: iso(0), recorded_at: iso(0), risk: '', version, ...extra } as Row)
const clock = (incident_id: string, name: string, due: number, stage = 'running') => ({ incident_id, clock: name, stage, started_at: iso(0), due_at: iso(due) }) as never

/** A board whose server and live channel are in the test's hands; timers run when it says so. */
function desk(rows: Row[], clocks: ReturnType<typeof clock>[] = []) {
  const timers: (() => void)[] = []
  const heard = new Map<string, (f: Frame<never>) => void>()
  let reload: () => void = () => undefined
  const server = { rows, clocks, asked: [] as string[][] }
  const of = <T extends { id?: string; incident_id?: string }>(list: T[], ids: string[]) => list.filter((x) => ids.includes(x.id ?? x.incident_id!))
  const source: BoardSource = {
    rows: async () => server.rows, clocks: async () => server.clocks,
    rowsOf: async (ids) => { server.asked.push(ids); return of(server.rows, ids) }, clocksOf: async (ids) => of(server.clocks, ids),
  }
  const live = { hear: (what: string, fn: (f: Frame<never>) => void) => { heard.set(what, fn); return () => heard.delete(what) }, onReload: (fn: () => void) => { reload = fn; return () => undefined } } as unknown as Live
  const waits: number[] = []
  const board = makeBoard(source, live, (fn, ms) => { waits.push(ms); timers.push(fn) })
  /** Lets answers come and timers run until nothing is left to do. */
  async function rest() {
    do {
      for (const fn of timers.splice(0)) fn()
      for (let i = 0; i < 8; i++) await Promise.resolve()
    } while (timers.length)
  }
  const fact = (type: string, data: object) => heard.get('incident.*')!({ type, data } as never)
  return { board, server, source, waits, timers, rest, fact, reload: () => reload(), ids: () => board.list.value.map((b) => b.row.id) }
}

describe('the board', () => {
  it('has the next clock to break first, and what has none by the age of its call', async () => {
    const d = desk([row('old', 1, { called_at: iso(-60) }), row('late'), row('soon'), row('none')], [clock('soon', 'dispatch', 20), clock('late', 'arrival', -5, 'breached'), clock('late', 'contact', 90)])
    d.board.start()
    await d.rest()
    expect(d.ids()).toEqual(['late', 'soon', 'old', 'none'])
    expect(d.board.list.value.map((b) => toneOfRow(b, at))).toEqual(['red', 'green', 'green', 'green'])
    expect(toneOfRow(d.board.get('soon')!, at + 10_000)).toBe('yellow')
  })
  it('is neither ordered nor toned by a clock that nobody can keep', async () => {
    const d = desk([row('video'), row('soon')], [clock('video', 'video', -900, 'breached'), clock('video', 'arrival', 300), clock('soon', 'dispatch', 20)])
    d.board.start()
    await d.rest()
    expect(d.ids()).toEqual(['soon', 'video'])
    expect(d.board.get('video')!.clocks.map((c) => c.clock)).toEqual(['arrival'])
    expect(toneOfRow(d.board.get('video')!, at)).toBe('green')
  })
  it('makes a new row of one that changes, so that who shows it notices', async () => {
    const d = desk([row('a')], [clock('a', 'dispatch', 60)])
    d.board.start()
    await d.rest()
    const before = d.board.get('a')!
    d.server.rows = [row('a', 2, { status: 'dispatched' })]
    d.server.clocks = [clock('a', 'acknowledge', 120)]
    d.fact('incident.dispatched', { incident_id: 'a', version: 2, status: 'dispatched', station_id: 's', area_class: 'town', kind_code: '4', priority: 2 })
    await d.rest()
    expect(d.board.get('a')).not.toBe(before)
    expect(before.clocks[0]!.clock).toBe('dispatch')
    expect(d.board.list.value[0]!.clocks[0]!.clock).toBe('acknowledge')
  })
  it('marks what comes in while somebody watches, and nothing of what was there', async () => {
    const d = desk([row('a')])
    d.board.start()
    d.fact('incident.received', { incident_id: 'a', version: 1, status: 'received', called_at: iso(0) }) // told again from before the list came
    await d.rest()
    expect(d.board.get('a')!.fresh).toBe(false)
    d.server.rows = [row('a'), row('b')]
    d.fact('incident.received', { incident_id: 'b', version: 1, status: 'received', called_at: iso(1), address: 'b' })
    await d.rest()
    expect(d.board.get('b')!.fresh).toBe(true)
    d.board.seen('b')
    await d.rest()
    expect(d.board.get('b')!.fresh).toBe(false)
  })
  it('believes no older news, drops what has ended, and asks once for many changes', async () => {
    const d = desk([row('a', 5, { status: 'on_scene' }), row('b')])
    d.board.start()
    await d.rest()
    d.fact('incident.dispatched', { incident_id: 'a', version: 2, status: 'dispatched' })
    expect(d.board.get('a')!.row.status).toBe('on_scene')
    for (const version of [2, 3, 4]) d.fact('incident.noted', { incident_id: 'b', version, status: 'received' })
    await d.rest()
    expect(d.server.asked).toEqual([['b']])
    d.fact('incident.closed', { incident_id: 'b', version: 9, status: 'closed' })
    await d.rest()
    expect(d.ids()).toEqual(['a'])
  })
})

it('asks the less often the longer nothing answers, and at once when the line is back', async () => {
  const d = desk([row('a')])
  d.board.start()
  await d.rest()
  const answers = d.source.rowsOf
  d.source.rowsOf = async (ids) => { d.server.asked.push(ids); throw new Error('no answer') }
  d.waits.length = 0
  d.fact('incident.noted', { incident_id: 'a', version: 2, status: 'received' })
  for (let n = 1; n <= 10; n++) {
    while (d.server.asked.length < n) {
      d.timers.shift()!()
      for (let i = 0; i < 8; i++) await Promise.resolve()
    }
    d.fact('incident.noted', { incident_id: 'a', version: 2 + n, status: 'received' }) // news makes nobody ask sooner
  }
  expect(d.waits.filter((ms) => ms !== 100)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
  d.source.rowsOf = answers
  d.server.rows = [row('a', 20, { status: 'on_scene' })]
  const long = d.timers.splice(0)
  d.waits.length = d.server.asked.length = 0
  d.reload()
  for (let i = 0; i < 8; i++) await Promise.resolve()
  await d.rest()
  for (const fn of long) fn() // what was set while nothing answered asks no second time
  await d.rest()
  expect(d.waits.filter((ms) => ms !== 100)).toEqual([250])
  expect(d.server.asked).toEqual([['a']])
  expect(d.board.get('a')!.row.status).toBe('on_scene')
})

it('keeps thousands in the order of a whole sort, whatever changes, comes and goes', () => {
  let seed = 1
  const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
  const rows = new Map<string, BoardRow>()
  const put = (id: string) => rows.set(id, { row: row(id), clocks: [], due: random(5) ? random(500) : Infinity, fresh: false, calledAt: random(50) })
  for (let n = 0; n < 1000; n++) put(`i${n}`)
  let list: BoardRow[] = []
  for (let turn = 0; turn < 50; turn++) {
    for (let n = 0; n < 20; n++) put(`i${random(1100)}`)
    for (let n = 0; n < 10; n++) rows.delete(`i${random(1100)}`)
    list = inOrder(list, rows)
    expect(list).toEqual(inOrder([], rows))
    expect(new Set(list)).toEqual(new Set(rows.values()))
  }
})
