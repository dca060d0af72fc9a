import { api, got, type Schemas } from '@/shell/client'
import { Problem } from '@/shell/problem'
import { consistent, fingerprint, fromBase64, hasherOf, linesIn, openCheckpoint, readKey, textOf, Unreadable, verify, type Checkpoint, type PublicKey, type Report, type Row } from '@/proof'
import { linkTo, type View } from './filter'

export type Event = Schemas['audit.Shown']

/** What became of one event: it is as it was signed; it is not; it is too young to be signed. */
export type Verdict = 'held' | 'broken' | 'unsigned'

/** What was checked, and how it went. */
export interface Outcome {
  verdicts: Map<number, Verdict> // by the event's number
  report: Report
  head?: Checkpoint // the signed tree; undefined: its signature does not hold
  key?: PublicKey
  print: string // the key's fingerprint
  first: boolean // this browser has seen no checkpoint before
  since?: Checkpoint // the one that it has kept
  grown?: boolean // today's log goes on from that
  otherKey: boolean // the server names another key than it did then
}

/** How it went as a whole. */
export function overall(o: Outcome): Verdict {
  const all = [...o.verdicts.values()]
  if (!o.head || o.otherKey || o.grown === false || o.report.wrong.length || all.includes('broken')) return 'broken'
  return all.includes('held') ? 'held' : 'unsigned'
}

/** Checks events against the ledger in this browser: hash, path to the signed root, signature, and that the log still begins as it did when last seen. */
export async function prove(view: View, events: Event[], query: Record<string, string | undefined>): Promise<Outcome> {
  const ms = events.map((e) => Date.parse(e.at))
  const between = { ...query, from: new Date(Math.min(...ms)).toISOString(), to: new Date(Math.max(...ms) + 1).toISOString() }
  const kept = readKept()
  for (let n = 0; ; n++) {
    const text = await file(linkTo(`/v1/audit/${view}/proof`, between))
    const promise = await promised(kept?.size ?? 0)
    const rows: Row[] = []
    const keys = (await Promise.all((kept?.keys ?? promise.keys).map(readKey))).filter((k): k is PublicKey => !!k)
    if (!keys.length) throw new Unreadable('no_key')
    const report = await verify(linesIn(text), { keys }, (r) => rows.push(r))
    const head = await openCheckpoint(report.header.head, keys)
    const newest = promise.checkpoint && (await openCheckpoint(promise.checkpoint, keys))
    if (head && newest && newest.size !== head.size && n < 3) continue // it was signed anew between the two answers
    const since = kept && (await openCheckpoint(kept.note, keys))
    const grown = since && (newest ? await goesOn(since, newest, promise.path) : false)
    const otherKey = !!kept && !promise.keys.some((k) => kept.keys.includes(k))
    const key = head?.by[0] ?? keys[0]!
    const out: Outcome = { verdicts: judge(events, rows, report, head), report, head, key, print: await fingerprint(key), first: !kept, since, grown, otherKey }
    if (head && newest && overall(out) !== 'broken') keep({ note: promise.checkpoint, size: newest.size, keys: promise.keys })
    return out
  }
}

async function file(path: string): Promise<string> {
  const answer = await fetch(path, { credentials: 'same-origin' })
  if (!answer.ok) throw await Problem.of(answer)
  return answer.text()
}

/** The newest checkpoint. A log that has become shorter than what this browser saw has no path to it: that is an answer, too. */
async function promised(since: number): Promise<Schemas['audit.Promise']> {
  try {
    return await got(api.GET('/v1/audit-checkpoint', { params: { query: { since } } }))
  } catch (e) {
    if (!(e instanceof Problem) || e.key !== 'ledger.out_of_range') throw e
    const now = await got(api.GET('/v1/audit-checkpoint', { params: { query: {} } }))
    return { ...now, path: ['shorter'] }
  }
}

async function goesOn(since: Checkpoint, now: Checkpoint, path: string[]): Promise<boolean> {
  const hashes = path.map(fromBase64)
  const h = await hasherOf(now.hasher)
  return !!h && since.origin === now.origin && hashes.every(Boolean) && consistent(h, since.size, now.size, hashes as Uint8Array[], since.root, now.root)
}

/** Each event that is shown, against the row that was proved for it. */
export function judge(events: Event[], rows: Row[], report: Report, head: Checkpoint | undefined): Map<number, Verdict> {
  const wrong = new Set(report.wrong.map((w) => w.ref))
  const proved = new Set(rows.filter((r) => r.data && !wrong.has(r.ref)).map((r) => contentOf(textOf(r.data!))))
  return new Map(events.map((e) => {
    if (head && proved.has(contentOf(JSON.stringify(e)))) return [e.seq, 'held']
    const young = !!head && Date.parse(e.at) > head.at - 120_000
    return [e.seq, young ? 'unsigned' : 'broken']
  }))
}

/** What of an event is under the proof, in one order: not its number, nor the names that are put beside it. */
export function contentOf(json: string): string {
  const { seq: _s, login: _l, name: _n, at, ...rest } = JSON.parse(json) as Record<string, unknown>
  return JSON.stringify({ ...rest, at: Date.parse(String(at)) }, keysOf)
}
function keysOf(_: string, v: unknown): unknown {
  return v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v
}

interface Kept { note: string; size: number; keys: string[] }
const place = 'zhian.audit.checkpoint'

function readKept(): Kept | undefined {
  try {
    const k = JSON.parse(localStorage.getItem(place) ?? 'null') as Kept | null
    return k?.note && Array.isArray(k.keys) ? k : undefined
  } catch {
    return undefined
  }
}
function keep(k: Kept) {
  localStorage.setItem(place, JSON.stringify(k))
}
