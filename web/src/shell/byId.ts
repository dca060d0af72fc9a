import { shallowReactive } from 'vue'

/** Ids of one request; the server takes no more. */
const most = 100

/**
 * What the parts of a page ask for one by one, gathered and asked of the server
 * together, once for each id. The answer of a look-up comes later and redraws who
 * asked: undefined until then, and for what there is not or may not be seen.
 */
export function makeById<T>(ask: (ids: string[]) => Promise<Iterable<readonly [id: string, what: T]>>) {
  const known = shallowReactive(new Map<string, T | null>()) // null: asked for, or not to be seen
  let wanted: string[] = []

  async function flush() {
    const all = wanted
    wanted = []
    for (let i = 0; i < all.length; i += most) {
      try {
        for (const [id, what] of await ask(all.slice(i, i + most))) known.set(id, what)
      } catch { /* shown by its id; asked for again by the next load of the page */ }
    }
  }
  return (id: string | undefined): T | undefined => {
    const found = id ? known.get(id) : null
    // Nothing changes while somebody is drawn who reads it.
    if (found === undefined) queueMicrotask(() => {
      if (known.has(id!)) return
      known.set(id!, null)
      if (wanted.push(id!) === 1) setTimeout(() => void flush(), 20)
    })
    return found ?? undefined
  }
}

/** A list of ids as the server reads it. */
export const idList = (ids: string[]) => () => `ids=${ids.map(encodeURIComponent).join(',')}`
