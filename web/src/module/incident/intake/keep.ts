import { begun, type Draft } from './draft'

/**
 * Keeps on this machine what is being written, so that a closed tab or an ended
 * session loses nothing. A draft belongs to one account; another one is not
 * shown it. The caller's phone is kept no longer than a shift.
 */
export const shiftMs = 12 * 3600_000
const dropMs = 7 * 24 * 3600_000

export interface Kept { draft: Draft; at: number }
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const prefix = 'zhian.intake.'

export function makeKeep(store: Store, account: string, now: () => number) {
  const mine = `${prefix}draft.${account}.`

  /** Whether it is safe now: storage may be full or forbidden. Each draft has a place of its own: a new call writes over none. */
  function write(draft: Draft): boolean {
    try {
      if (begun(draft)) store.setItem(mine + draft.key, JSON.stringify({ draft, at: now() } satisfies Kept))
      else store.removeItem(mine + draft.key)
      return true
    } catch {
      return false
    }
  }
  /** What was left unsaved, the latest first. */
  function read(): Kept[] {
    return names(store, mine).flatMap((name) => {
      try {
        const k = JSON.parse(store.getItem(name) ?? 'null') as Kept | null
        return k ? (fresh(k, now()) ?? []) : []
      } catch {
        return []
      }
    }).sort((x, y) => y.at - x.at)
  }
  return { write, read, drop: (key: string) => store.removeItem(mine + key) }
}
const names = (store: Store, begin: string) => Array.from({ length: store.length }, (_, i) => store.key(i)!).filter((n) => n.startsWith(begin))

/** What may still be shown of something kept. */
export function fresh(k: Kept, now: number): Kept | undefined {
  if (now - k.at > dropMs) return undefined
  return now - k.at > shiftMs ? { ...k, draft: withoutCaller(k.draft) } : k
}

/** A draft without anything that leads to a person. */
export function withoutCaller(d: Draft): Draft {
  const line = d.phone ? d.line.replaceAll(new RegExp([...d.phone].join('[ -]?'), 'g'), '').trim() : d.line
  return { ...d, line, phone: '', name: '', hand: d.hand.filter((f) => f !== 'phone') }
}

/** Goes through the drafts of everybody at this desk: phones of past shifts go, and drafts of past weeks. */
export function sweep(store: Store, now: number) {
  for (const name of names(store, `${prefix}draft.`)) {
    try {
      const k = JSON.parse(store.getItem(name)!) as Kept
      const left = fresh(k, now)
      if (!left) store.removeItem(name)
      else if (left !== k) store.setItem(name, JSON.stringify(left))
    } catch {
      store.removeItem(name)
    }
  }
}

/** Who logs out ends the shift at this desk: the phone does not stay. */
export function endShift(store: Store, account: string) {
  const keep = makeKeep(store, account, Date.now)
  for (const k of keep.read()) keep.write(withoutCaller(k.draft))
}
