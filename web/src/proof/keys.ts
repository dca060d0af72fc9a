import { fromBase64, hexOf, utf8, joined, same } from './bytes'

/** A public key as text: "<name>+<hash>+<base64 of mark and key>" (C2SP signed note). */
export interface PublicKey {
  text: string
  name: string
  id: string // eight hex digits: how a signature says which key made it
  algorithm: 'ed25519' | 'sm2'
  key: Uint8Array
}

/** Marks: Ed25519 is type 1 of the signed note; SM2 has none there and uses 0xff with a name. */
const marks: [PublicKey['algorithm'], Uint8Array, number][] = [
  ['ed25519', Uint8Array.of(1), 32],
  ['sm2', joined(Uint8Array.of(0xff), utf8('zhian/sm2-sm3\0')), 65],
]

const sha256 = async () => (await import('@noble/hashes/sha2.js')).sha256

/** Reads a key and checks it against its own hash: a key with a wrong letter is no key. */
export async function readKey(text: string): Promise<PublicKey | undefined> {
  const m = text.trim().match(/^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/)
  const body = m && fromBase64(m[3]!)
  if (!m || !body) return undefined
  const hash = (await sha256())(joined(utf8(m[1]! + '\n'), body))
  if (hexOf(hash.subarray(0, 4)) !== m[2]) return undefined
  const found = marks.find(([, mark, length]) => body.length === mark.length + length && same(body.subarray(0, mark.length), mark))
  return found && { text: text.trim(), name: m[1]!, id: m[2]!, algorithm: found[0], key: body.subarray(found[1].length) }
}

/** What two people read to each other to be sure that they have the same key: SHA-256 over its text, in groups of four. */
export async function fingerprint(key: PublicKey): Promise<string> {
  return hexOf((await sha256())(utf8(key.text))).match(/.{4}/g)!.join(' ')
}

/** Whether a key signed a message: Ed25519 (RFC 8032), or SM2 with SM3 and the default user id (GB/T 32918.2-2016), signature in DER. */
export async function signed(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    if (key.algorithm === 'ed25519') {
      const { ed25519 } = await import('@noble/curves/ed25519.js')
      return ed25519.verify(signature, message, key.key, { zip215: false })
    }
    const r = derOf(signature)
    if (!r) return false
    const { sm2 } = await import('sm-crypto-v2')
    return sm2.doVerifySignature(message, r, hexOf(key.key), { hash: true })
  } catch {
    return false // the libraries throw at what is no point or no number
  }
}

/** r and s, 32 bytes each as hex, of a DER signature; undefined unless it is spelled as DER has it. */
export function derOf(der: Uint8Array): string | undefined {
  const parts: string[] = []
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  let at = 2
  for (let n = 0; n < 2; n++) {
    const length = der[at + 1]!
    const number = der.subarray(at + 2, at + 2 + length)
    const padded = number[0] === 0
    if (der[at] !== 2 || length < 1 || length > 33 || number.length !== length || number[0]! > 0x7f) return undefined
    if (padded && (length === 1 || number[1]! <= 0x7f)) return undefined
    const bare = padded ? number.subarray(1) : number
    if (bare.length > 32) return undefined
    parts.push(hexOf(bare).padStart(64, '0'))
    at += 2 + length
  }
  return at === der.length ? parts.join('') : undefined
}

