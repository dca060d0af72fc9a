import { same } from './bytes'
import { nodeHash, type Hasher } from './hash'

/**
 * Proofs over a Merkle tree (RFC 6962 §2.1; the walks are those of RFC 9162
 * §2.1.3.2 and §2.1.4.2). Leaves are counted from 0; sizes up to 2^53, so halving
 * is division and not a shift.
 */
const odd = (n: number) => n % 2 === 1
const half = (n: number) => Math.floor(n / 2)

/** Whether a leaf is in the tree of so many leaves that has this root. */
export function included(h: Hasher, index: number, size: number, leaf: Uint8Array, path: Uint8Array[], root: Uint8Array): boolean {
  if (index < 0 || index >= size) return false
  let [fn, sn, hash] = [index, size - 1, leaf]
  for (const p of path) {
    if (sn === 0) return false
    if (odd(fn) || fn === sn) {
      hash = nodeHash(h, p, hash)
      while (!odd(fn) && fn > 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      hash = nodeHash(h, hash, p)
    }
    [fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && same(hash, root)
}

/** Whether the tree of the first from leaves is the beginning of that of the first to. */
export function consistent(h: Hasher, from: number, to: number, path: Uint8Array[], fromRoot: Uint8Array, toRoot: Uint8Array): boolean {
  if (from > to || from < 0) return false
  if (from === to) return path.length === 0 && same(fromRoot, toRoot)
  if (from === 0) return path.length === 0 // any tree begins with nothing
  const rest = powerOfTwo(from) ? [fromRoot, ...path] : path
  if (rest.length === 0) return false
  let [fn, sn] = [from - 1, to - 1]
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)]
  let [fr, sr] = [rest[0]!, rest[0]!]
  for (const c of rest.slice(1)) {
    if (sn === 0) return false
    if (odd(fn) || fn === sn) {
      fr = nodeHash(h, c, fr)
      sr = nodeHash(h, c, sr)
      while (!odd(fn) && fn > 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      sr = nodeHash(h, sr, c)
    }
    [fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && same(fr, fromRoot) && same(sr, toRoot)
}

const powerOfTwo = (n: number) => Number.isInteger(Math.log2(n)) && 2 ** Math.round(Math.log2(n)) === n

/** A tree that grows at its end: only the roots of its whole parts are kept, the largest first. */
export class Growing {
  size = 0
  private parts: { leaves: number; hash: Uint8Array }[] = []
  constructor(private readonly h: Hasher) {}

  add(leaf: Uint8Array) {
    this.size++
    let last = { leaves: 1, hash: leaf }
    while (this.parts.at(-1)?.leaves === last.leaves) {
      last = { leaves: last.leaves * 2, hash: nodeHash(this.h, this.parts.pop()!.hash, last.hash) }
    }
    this.parts.push(last)
  }

  root(): Uint8Array {
    if (this.size === 0) return this.h.sum(new Uint8Array())
    return this.parts.map((p) => p.hash).reduceRight((right, left) => nodeHash(this.h, left, right))
  }
}
