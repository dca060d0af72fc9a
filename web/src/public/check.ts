import { fingerprint, linesOf, readHeader, readKey, textOf, verify, type PublicKey, type Report, Unreadable } from '@/proof'

/** What a stranger learns of a file. */
export interface Result { report: Report; prints: { text: string; print: string }[]; holds: boolean }

/** Why nothing could be checked: the key or the file is none. */
export type Refusal = 'no_key' | 'no_bundle' | 'anchor'

/** Public keys in a text, one a line or parted by spaces. Undefined when one of them is no key. */
export async function keysIn(text: string): Promise<PublicKey[] | undefined> {
  const keys = await Promise.all(text.split(/\s+/).filter(Boolean).map(readKey))
  return keys.every((k) => k) ? (keys as PublicKey[]) : undefined
}

/** Checks a file in this browser. kept is a file of an earlier day, or its first line. */
export async function check(file: Blob, keyText: string, kept?: Blob, read?: (bytes: number) => void): Promise<Result | Refusal> {
  const keys = await keysIn(keyText)
  if (!keys) return 'no_key'
  const anchors: string[] = []
  if (kept) {
    const head = await firstLine(kept)
    if (!head) return 'anchor'
    anchors.push(head.head)
  }
  try {
    const report = await verify(linesOf(file, read), { keys, anchors })
    const own = keys.length ? keys : (await keysIn(report.header.keys.join(' '))) ?? []
    const prints = await Promise.all(own.map(async (k) => ({ text: k.text, print: await fingerprint(k) })))
    return { report, prints, holds: report.wrong.length === 0 && report.covered === report.leaves }
  } catch (e) {
    if (e instanceof Unreadable) return e.message as Refusal
    throw e
  }
}

async function firstLine(file: Blob) {
  for await (const line of linesOf(file)) {
    try {
      return readHeader(textOf(line))
    } catch {
      return undefined
    }
  }
  return undefined
}
