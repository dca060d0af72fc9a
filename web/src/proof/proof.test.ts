import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { base64Of, fromBase64, hexOf, same, utf8 } from './bytes'
import { entryHash, hasherOf, nodeHash } from './hash'
import { derOf, fingerprint, readKey, type PublicKey } from './keys'
import { linesIn, linesOf } from './lines'
import { openCheckpoint } from './note'
import { consistent, Growing, included } from './tree'
import { Unreadable, verify, type Report, type Trust } from './verify'

/** Bundles that the Go code wrote and signed. */
interface Vector { name: string; key: string; whole: string; selected: string; earlier: string; later: string; path: string[] }
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../../platform/ledger/testdata/vectors.json'), 'utf8')) as Vector[]
const keyOf = async (text: string) => (await readKey(text))!

/** A file with some byte changed, as lines. */
function* split(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    yield bytes.subarray(from, end)
    from = end + 1
  }
  if (from < bytes.length) yield bytes.subarray(from)
}
const bad = async (bytes: Uint8Array, trust: Trust) => {
  try {
    return (await verify(split(bytes), trust)).wrong.length > 0
  } catch (e) {
    if (e instanceof Unreadable) return true
    throw e
  }
}
const kinds = (r: Report) => r.wrong.map((w) => [w.kind, w.ref].filter(Boolean).join(' '))
const swap = (s: string, a: string, b: string) => {
  expect(s).toContain(a)
  return s.replace(a, b)
}

describe.each(vectors)('the log $name', (v) => {
  let trust: Trust
  const check = async (text: string, anchors?: string[]) => verify(linesIn(text), { ...trust, anchors })
  it('holds, whole and in parts', async () => {
    trust = { keys: [await keyOf(v.key)] }
    const whole = await check(v.whole, [v.earlier, v.later])
    expect([kinds(whole), whole.leaves, whole.covered, whole.checkpoints, whole.ownKeys]).toEqual([[], 20, 20, 2, false])
    expect(whole.by?.text).toBe(v.key)
    const some = await check(v.selected)
    expect([kinds(some), some.leaves, some.covered, some.signedAt]).toEqual([[], 11, 11, 1_700_000_000_123])
  })
  it('says when nobody has brought a key', async () => {
    const own = await verify(linesIn(v.selected), { keys: [] })
    expect([kinds(own), own.ownKeys]).toEqual([[], true])
  })
  // A signature costs milliseconds here, SM2's tens: the Go tests try every byte of the same files, these every few of them.
  it('fails for any byte that is another one', { timeout: 240_000 }, async () => {
    for (const text of v.name === 'gm' ? [v.selected] : [v.whole, v.selected]) {
      const bytes = utf8(text)
      for (let i = 0; i < bytes.length; i += v.name === 'gm' ? 7 : 3) {
        const changed = bytes.slice()
        changed[i] = changed[i]! ^ (i % 4 < 2 ? 1 : 2)
        if (!(await bad(changed, trust))) expect.fail(`byte ${i}: …${text.slice(Math.max(0, i - 20), i + 20)}…`)
      }
    }
  })
  it('names what was done to it', async () => {
    const lines = v.whole.split(/(?<=\n)/)
    const without = (n: number) => lines.filter((_, i) => i !== n).join('')
    expect(kinds(await check(swap(v.whole, '"data":"d', '"data":"e')))).toEqual(['row_altered r1'])
    expect(kinds(await check(without(5)))).toEqual(['leaf_missing r4'])
    expect(kinds(await check([...lines.slice(0, 3), lines[4]!, lines[3]!, ...lines.slice(5)].join('')))).toEqual(['leaf_moved r3'])
    expect(kinds(await check([...lines.slice(0, 5), ...lines.slice(4)].join('')))).toEqual(['leaf_repeated r4'])
    expect(kinds(await check(lines.slice(0, 19).join('')))).toEqual(['leaves_cut'])
    expect(kinds(await check(without(11)))).toEqual([]) // a checkpoint less is no lie
    expect(kinds(await check(swap(v.whole, '\\n10\\n', '\\n11\\n')))).toEqual(['checkpoint_forged'])
    const some = v.selected.split(/(?<=\n)/)
    expect(kinds(await check(some.slice(0, 5).join('')))).toEqual(['leaves_cut'])
    expect(kinds(await check(swap(v.selected, '"pos":1,', '"pos":2,')))).toEqual(['proof_broken r1'])
  })
  it('is not that of another key', async () => {
    const other = vectors.find((x) => x !== v)!
    const r = await verify(linesIn(v.selected), { keys: [await keyOf(other.key)] })
    expect([kinds(r), r.covered]).toEqual([['checkpoint_forged'], 0])
  })
  it('goes on from what it said earlier', async () => {
    const [a, b] = [(await openCheckpoint(v.earlier, trust.keys))!, (await openCheckpoint(v.later, trust.keys))!]
    const h = (await hasherOf(a.hasher))!
    const path = v.path.map((p) => fromBase64(p)!)
    expect(consistent(h, a.size, b.size, path, a.root, b.root)).toBe(true)
    expect(consistent(h, a.size, b.size, path, b.root, b.root)).toBe(false)
    expect(consistent(h, a.size, b.size, path.slice(1), a.root, b.root)).toBe(false)
    for (const [i, p] of path.entries()) {
      const changed = path.map((x) => x.slice())
      changed[i]![p.length - 1]! ^= 1
      expect(consistent(h, a.size, b.size, changed, a.root, b.root), `hash ${i}`).toBe(false)
    }
  })
})

describe('a tree', () => {
  it('has proofs for every leaf and every growth, and for nothing else', async () => {
    const h = (await hasherOf('sha256'))!
    const leaves = Array.from({ length: 21 }, (_, i) => entryHash(h, 's', String(i), utf8(String(i))))
    const root = (list: Uint8Array[]): Uint8Array => (list.length === 1 ? list[0]! : nodeHash(h, root(list.slice(0, cut(list.length))), root(list.slice(cut(list.length)))))
    const cut = (n: number) => 2 ** Math.ceil(Math.log2(n) - 1)
    const path = (m: number, list: Uint8Array[]): Uint8Array[] => {
      const k = cut(list.length)
      return list.length === 1 ? [] : m < k ? [...path(m, list.slice(0, k)), root(list.slice(k))] : [...path(m - k, list.slice(k)), root(list.slice(0, k))]
    }
    const growth = (m: number, list: Uint8Array[], whole = true): Uint8Array[] => {
      const k = cut(list.length)
      if (m === list.length) return whole ? [] : [root(list)]
      return m <= k ? [...growth(m, list.slice(0, k), whole), root(list.slice(k))] : [...growth(m - k, list.slice(k), false), root(list.slice(0, k))]
    }
    const grown = new Growing(h)
    for (let n = 1; n <= leaves.length; n++) {
      grown.add(leaves[n - 1]!)
      const all = leaves.slice(0, n)
      expect(same(grown.root(), root(all))).toBe(true)
      for (let i = 0; i < n; i++) {
        expect(included(h, i, n, leaves[i]!, path(i, all), root(all)), `${i} of ${n}`).toBe(true)
        expect(included(h, (i + 1) % n, n, leaves[i]!, path(i, all), root(all)), `${i} elsewhere in ${n}`).toBe(n === 1)
      }
      for (let m = 1; m <= n; m++) expect(consistent(h, m, n, growth(m, all), root(leaves.slice(0, m)), root(all)), `${m} to ${n}`).toBe(true)
    }
    expect(consistent(h, 3, 2, [], leaves[0]!, leaves[0]!)).toBe(false)
  })
})

describe('spelling', () => {
  it('has one form for base64, and for a signature', () => {
    for (const n of [0, 1, 2, 3, 4, 31, 32, 33]) {
      const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 37) % 256)
      expect(same(fromBase64(base64Of(bytes))!, bytes)).toBe(true)
    }
    for (const no of ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA=A', 'AAA=\n', 'A A=', 'AA-_']) expect(fromBase64(no), no).toBeUndefined()
    const ok = Uint8Array.of(0x30, 6, 2, 1, 5, 2, 1, 7)
    expect(derOf(ok)).toBe('5'.padStart(64, '0') + '7'.padStart(64, '0'))
    for (const no of [[0x30, 7, 2, 1, 5, 2, 1, 7], [0x30, 6, 2, 1, 5, 3, 1, 7], [0x30, 7, 2, 2, 0, 5, 2, 1, 7], [0x30, 6, 2, 1, 0x85, 2, 1, 7], [0x30, 7, 2, 1, 5, 2, 1, 7, 0], []]) expect(derOf(Uint8Array.from(no)), hexOf(Uint8Array.from(no))).toBeUndefined()
  })
  it('takes no key with a wrong letter, and gives each a fingerprint', async () => {
    const text = vectors[0]!.key
    expect(await readKey(`  ${text}\n`)).toMatchObject({ text, algorithm: 'ed25519' })
    for (let i = 0; i < text.length; i++) expect(await readKey(text.slice(0, i) + (text[i] === 'x' ? 'y' : 'x') + text.slice(i + 1)), String(i)).toBeUndefined()
    const prints = await Promise.all(vectors.map(async (v) => fingerprint((await readKey(v.key)) as PublicKey)))
    expect(new Set(prints).size).toBe(vectors.length)
    expect(prints[0]).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/)
  })
  it('finds lines across the pieces of a file', async () => {
    const got: string[] = []
    for await (const l of linesOf(new Blob(['a\nb', 'c\n\n', 'last']))) got.push(new TextDecoder().decode(l))
    expect(got).toEqual(['a', 'bc', '', 'last'])
  })
})
