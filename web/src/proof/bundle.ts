import { fromBase64 } from './bytes'
import { hashSize } from './hash'

/** The first line of an exported bundle. */
export interface Header {
  bundle: string
  kind: 'whole' | 'selected'
  origin: string
  hasher: string
  keys: string[]
  leaves: number
  head: string
}

/** A leaf's line. Without data: the row was gone when the bundle was written. */
export interface Row {
  pos: number // from 1
  source: string
  ref: string
  hash: Uint8Array
  data?: Uint8Array
  path?: Uint8Array[] // of one that was selected
  broken?: boolean // its path is no list of hashes
}

/** Reads the header; it has one spelling. */
export function readHeader(line: string): Header | undefined {
  try {
    const h = JSON.parse(line) as Header
    const one = JSON.stringify({ bundle: h.bundle, kind: h.kind, origin: h.origin, hasher: h.hasher, keys: h.keys, leaves: h.leaves, head: h.head })
    const sound = h.bundle === 'zhian-ledger/1' && (h.kind === 'whole' || h.kind === 'selected') && Array.isArray(h.keys) && Number.isSafeInteger(h.leaves)
    return sound && one === line ? h : undefined
  } catch {
    return undefined
  }
}

const record = /^\{"pos":([1-9]\d{0,15}),"source":"([!#-[\]-~]+)","ref":"([!#-[\]-~]+)","hash":"([A-Za-z0-9+/=]*)","data":(?:null|"([A-Za-z0-9+/=]*)")(?:,"proof":"([A-Za-z0-9+/=]*)")?\}$/

/** Reads a line behind the header: a row, or the note of a checkpoint; undefined for neither. */
export function readLine(line: string): Row | string | undefined {
  if (line.startsWith('{"checkpoint":')) return readNote(line)
  const m = line.match(record)
  const hash = m && fromBase64(m[4]!)
  if (!m || hash?.length !== hashSize) return undefined
  const row: Row = { pos: Number(m[1]), source: m[2]!, ref: m[3]!, hash }
  if (m[5] !== undefined && !(row.data = fromBase64(m[5]))) return undefined
  if (m[6] === undefined) return row
  const path = fromBase64(m[6])
  if (!path) return undefined
  row.broken = path.length % hashSize > 0
  row.path = Array.from({ length: Math.floor(path.length / hashSize) }, (_, i) => path.subarray(i * hashSize, (i + 1) * hashSize))
  return row
}

function readNote(line: string): string | undefined {
  try {
    const { checkpoint } = JSON.parse(line) as { checkpoint?: string }
    return checkpoint && JSON.stringify({ checkpoint }) === line ? checkpoint : undefined
  } catch {
    return undefined
  }
}
