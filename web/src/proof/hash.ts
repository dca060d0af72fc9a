import { joined, utf8 } from './bytes'

export const hashSize = 32

/** A tree's hash function with the prefixes of RFC 6962 §2.1: no leaf can be passed off as an inner node. */
export interface Hasher {
  name: string
  sum: (bytes: Uint8Array) => Uint8Array
}

/** SHA-256 (FIPS 180-4) or SM3 (GB/T 32905-2016). They come when they are needed; the browser's own has none on plain HTTP. */
export async function hasherOf(name: string): Promise<Hasher | undefined> {
  if (name === 'sha256') return { name, sum: (await import('@noble/hashes/sha2.js')).sha256 }
  if (name === 'sm3') {
    const { sm3 } = await import('sm-crypto-v2')
    return { name, sum: (b) => Uint8Array.from(sm3(b).match(/../g)!, (x) => Number.parseInt(x, 16)) }
  }
  return undefined
}

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

export const nodeHash = (h: Hasher, left: Uint8Array, right: Uint8Array) => h.sum(joined(nodePrefix, left, right))

/** The leaf of a row: its source, its ref and its data are under one hash, so that a row's content cannot be passed off as another's. */
export const entryHash = (h: Hasher, source: string, ref: string, data: Uint8Array) => h.sum(joined(leafPrefix, utf8(`${source}\n${ref}\n`), data))
