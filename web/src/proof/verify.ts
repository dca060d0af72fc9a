import { same, textOf } from './bytes'
import { readHeader, readLine, type Header, type Row } from './bundle'
import { entryHash, hasherOf, type Hasher } from './hash'
import { readKey, type PublicKey } from './keys'
import { openCheckpoint, type Checkpoint } from './note'
import { included } from './tree'
import { Walk } from './walk'

/** One thing that is wrong, and the leaf it is about. The kinds are those of `zhian verify`. */
export interface Wrong { kind: string; pos?: number; ref?: string; source?: string; count?: number }

/** What a check found. */
export interface Report {
  header: Header
  leaves: number
  covered: number // leaves under a checkpoint that holds
  checkpoints: number // that hold
  signedAt?: number // ms; of the newest that holds
  by?: PublicKey // who signed that
  ownKeys: boolean // nobody said which key to trust: a forger could have signed
  sources: Map<string, number>
  wrong: Wrong[]
  more: number // wrong things beyond those spelled out
}

/** What a verifier brings along. */
export interface Trust {
  keys: PublicKey[] // none: the bundle's own are taken, and the report says so
  anchors?: string[] // signed checkpoints that were kept elsewhere
}

/** Why a text is no bundle at all, or the trust is unusable. */
export class Unreadable extends Error {}

const mostWrong = 200

/** Checks a bundle line by line, in the browser alone: nothing is sent. What is wrong with it is in the report. */
export async function verify(lines: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, trust: Trust, seen?: (row: Row) => void): Promise<Report> {
  let v: Verification | undefined
  for await (const bytes of lines) {
    const line = decoded(bytes)
    if (v) await v.take(line, seen)
    else v = await begin(line, trust)
  }
  if (!v) throw new Unreadable('no_bundle')
  return v.end()
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return textOf(bytes)
  } catch {
    return undefined
  }
}

async function begin(line: string | undefined, trust: Trust): Promise<Verification> {
  const header = line === undefined ? undefined : readHeader(line)
  const h = header && (await hasherOf(header.hasher))
  if (!header || !h) throw new Unreadable('no_bundle')
  const own = await Promise.all(header.keys.map(readKey))
  if (own.some((k) => !k)) throw new Unreadable('no_bundle')
  const known = trust.keys.length ? trust.keys : (own as PublicKey[])
  const anchors = await Promise.all((trust.anchors ?? []).map((a) => openCheckpoint(a, known)))
  if (anchors.some((a) => !a)) throw new Unreadable('anchor')
  const v = new Verification(header, h, known, trust.keys.length === 0, anchors as Checkpoint[])
  v.head = await v.open(header.head)
  return v
}

class Verification {
  head?: Checkpoint
  readonly report: Report
  private readonly walk: Walk
  constructor(header: Header, private readonly h: Hasher, private readonly known: PublicKey[], ownKeys: boolean, private readonly anchors: Checkpoint[]) {
    this.report = { header, leaves: 0, covered: 0, checkpoints: 0, ownKeys, sources: new Map(), wrong: [], more: 0 }
    this.walk = new Walk(h, [...anchors].sort((a, b) => a.size - b.size), (w) => this.say(w), (c) => this.holds(c, c.size))
  }

  say(w: Wrong) {
    if (this.report.wrong.length < mostWrong) this.report.wrong.push(w)
    else this.report.more++
  }

  private holds(c: Checkpoint, covered: number) {
    Object.assign(this.report, { checkpoints: this.report.checkpoints + 1, covered, signedAt: c.at, by: c.by[0] })
  }

  async open(note: string): Promise<Checkpoint | undefined> {
    const c = await openCheckpoint(note, this.known)
    if (c && c.origin === this.report.header.origin && c.hasher === this.report.header.hasher) return c
    this.say({ kind: 'checkpoint_forged' })
    return undefined
  }

  async take(line: string | undefined, seen?: (row: Row) => void) {
    const item = line === undefined ? undefined : readLine(line)
    const whole = this.report.header.kind === 'whole'
    if (item === undefined || (typeof item === 'string' && !whole)) return this.say({ kind: 'line_malformed' })
    if (typeof item === 'string') {
      const c = await this.open(item)
      if (c) this.walk.checkpoint(c)
      return
    }
    this.report.leaves++
    this.report.sources.set(item.source, (this.report.sources.get(item.source) ?? 0) + 1)
    if (!item.data) this.say(about('row_missing', item))
    else if (!same(entryHash(this.h, item.source, item.ref, item.data), item.hash)) this.say(about('row_altered', item))
    if (whole) this.walk.leaf(item)
    else this.selected(item)
    seen?.(item)
  }

  /** Proves one leaf against the head. */
  private selected(row: Row) {
    if (!this.head) return
    const holds = row.path && !row.broken && included(this.h, row.pos - 1, this.head.size, row.hash, row.path, this.head.root)
    if (holds) this.report.covered++
    else this.say(about('proof_broken', row))
  }

  end(): Report {
    if (this.report.header.kind === 'whole') this.walk.end(this.head, this.report.header.leaves)
    else this.endSelected()
    return this.report
  }

  private endSelected() {
    const { head, report } = this
    if (head) this.holds(head, report.covered)
    if (report.leaves !== report.header.leaves) this.say({ kind: 'leaves_cut', count: report.header.leaves - report.leaves })
    for (const a of this.anchors) if (head && a.size === head.size && !same(a.root, head.root)) this.say({ kind: 'anchor_broken', count: a.size })
  }
}

const about = (kind: string, r: Row): Wrong => ({ kind, pos: r.pos, source: r.source, ref: r.ref })
