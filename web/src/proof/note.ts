import { base64Of, fromBase64, hexOf, utf8 } from './bytes'
import { hashSize } from './hash'
import { signed, type PublicKey } from './keys'

/** What a log has promised: its first size leaves have this root (C2SP tlog-checkpoint in a signed note). */
export interface Checkpoint {
  origin: string
  hasher: string
  size: number
  root: Uint8Array
  at: number // ms since 1970
  note: string
  by: PublicKey[] // who signed it, of those that are known
}

/**
 * Reads a signed checkpoint. At least one of the known keys must have signed it,
 * and none of them wrongly; lines of keys that nobody knows are not looked at.
 */
export async function openCheckpoint(note: string, known: PublicKey[]): Promise<Checkpoint | undefined> {
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) return undefined
  const text = note.slice(0, split + 1)
  const lines = note.slice(split + 2, -1).split('\n')
  const by: PublicKey[] = []
  for (const line of lines) {
    const m = line.match(/^— (\S+) ([A-Za-z0-9+/=]+)$/)
    const body = m && fromBase64(m[2]!)
    if (!m || !body || body.length < 5) return undefined
    const key = known.find((k) => k.name === m[1] && k.id === hexOf(body.subarray(0, 4)))
    if (!key) continue
    if (!(await signed(key, utf8(text), body.subarray(4)))) return undefined
    by.push(key)
  }
  const c = by.length ? readText(text) : undefined
  return c && { ...c, note, by }
}

/** Accepts the one spelling that the log writes. */
function readText(text: string): Omit<Checkpoint, 'note' | 'by'> | undefined {
  const [origin, size, root, hasher, at, end] = text.split('\n')
  const c = { origin: origin!, size: Number(size), root: fromBase64(root ?? '')!, hasher: (hasher ?? '').replace(/^hasher /, ''), at: Number(at?.replace(/^at /, '')) }
  if (end !== '' || c.root?.length !== hashSize || !Number.isSafeInteger(c.size) || c.size < 0 || !Number.isSafeInteger(c.at)) return undefined
  return `${c.origin}\n${c.size}\n${base64Of(c.root)}\nhasher ${c.hasher}\nat ${c.at}\n` === text ? c : undefined
}
