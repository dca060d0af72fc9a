import { same } from './bytes'
import type { Row } from './bundle'
import type { Hasher } from './hash'
import type { Checkpoint } from './note'
import { Growing } from './tree'
import type { Wrong } from './verify'

interface Span { from: number; to: number; after?: Row }

/**
 * Follows a whole log from its first leaf, builds the tree again and compares it
 * with what was signed. It keeps no leaves, so a log of any length fits.
 */
export class Walk {
  private readonly tree: Growing
  private next = 1
  private last?: Row
  private gaps: Span[] = []
  private signed = 0 // most leaves that a checkpoint speaks of
  private mark = 0 // size of the last one looked at
  private held = 0 // leaves under one that holds

  constructor(h: Hasher, private readonly anchors: Checkpoint[], private readonly say: (w: Wrong) => void, private readonly holds: (c: Checkpoint) => void) {
    this.tree = new Growing(h)
  }

  /** No leaf is missing so far, so that roots can be compared. */
  private whole = () => this.tree.size + 1 === this.next

  leaf(r: Row) {
    if (r.pos < this.next) return this.late(r)
    if (r.pos > this.next) this.gaps.push({ from: this.next, to: r.pos - 1, after: this.last })
    else if (this.whole()) this.tree.add(r.hash)
    this.next = r.pos + 1
    this.last = { ...r, data: undefined }
    while (this.anchors.length && this.anchors[0]!.size < this.next) this.reach(this.anchors.shift()!)
  }

  private reach(a: Checkpoint) {
    if (!this.whole() || !same(this.tree.root(), a.root)) this.say({ kind: 'anchor_broken', count: a.size })
  }

  /** A leaf that stands behind one with a higher position. */
  private late(r: Row) {
    const i = this.gaps.findIndex((g) => r.pos >= g.from && r.pos <= g.to)
    const gap = this.gaps[i]
    if (!gap) return this.say({ kind: 'leaf_repeated', pos: r.pos, source: r.source, ref: r.ref })
    this.say({ kind: 'leaf_moved', pos: r.pos, source: r.source, ref: r.ref })
    this.gaps.splice(i, 1, ...[{ ...gap, to: r.pos - 1 }, { from: r.pos + 1, to: gap.to, after: r }].filter((s) => s.from <= s.to))
  }

  /** Compares the tree so far with what was signed at its size. */
  checkpoint(c: Checkpoint) {
    this.signed = Math.max(this.signed, c.size)
    if (c.size !== this.next - 1 || !this.whole()) return // leaves are missing, and named at the end
    this.mark = c.size
    if (!same(this.tree.root(), c.root)) return this.say({ kind: 'root_mismatch', count: c.size })
    this.held = c.size
    this.holds(c)
  }

  /** Holds the leaves against the head, which came first and so survives when the end of the file is cut away. */
  end(head: Checkpoint | undefined, leaves: number) {
    if (head) {
      if (leaves !== head.size) this.say({ kind: 'line_malformed' })
      if (this.mark < head.size || (this.held === head.size && !same(this.tree.root(), head.root))) this.checkpoint(head)
      if (this.next - 1 > head.size) this.say({ kind: 'line_malformed' })
    }
    for (const g of this.gaps) this.say({ kind: 'leaf_missing', pos: g.from, source: g.after?.source, ref: g.after?.ref, count: g.to - g.from + 1 })
    if (this.signed > this.next - 1) this.say({ kind: 'leaves_cut', count: this.signed - this.next + 1 })
    for (const a of this.anchors) this.say({ kind: 'anchor_broken', count: a.size })
  }
}
