/**
 * What the handset keeps on the device: what was done and is not sent yet, the
 * pictures of it, and what was last known. One small wrapper; every promise
 * resolves when the transaction is on disk.
 */
const name = 'zhian.handset'
const stores = ['outbox', 'blobs', 'kept'] as const
export type Store = (typeof stores)[number]

/** The device has no room left. */
export class Full extends Error {}
/** The browser has no database, or the person has forbidden it. */
export class NoDatabase extends Error {}

let opened: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, fail) => {
    if (typeof indexedDB === 'undefined' || !indexedDB) return fail(new NoDatabase())
    const ask = indexedDB.open(name, 1)
    ask.onupgradeneeded = () => {
      for (const s of stores) if (!ask.result.objectStoreNames.contains(s)) ask.result.createObjectStore(s)
    }
    ask.onsuccess = () => {
      ask.result.onversionchange = () => {
        ask.result.close()
        opened = undefined
      }
      done(ask.result)
    }
    ask.onerror = () => fail(new NoDatabase())
  })
  opened.catch(() => { opened = undefined })
  return opened
}

const isFull = (e: unknown) => e instanceof DOMException && e.name === 'QuotaExceededError'

/** Runs in one transaction over some stores; what do returns is got when all of it is kept. */
async function within<T>(over: Store[], mode: IDBTransactionMode, run: (of: (s: Store) => IDBObjectStore, got: (v: T) => void) => void): Promise<T> {
  const db = await open()
  return new Promise<T>((done, fail) => {
    let value: T
    const tx = db.transaction(over, mode, { durability: 'strict' })
    const refused = (e: unknown) => fail(isFull(e) ? new Full() : e)
    tx.oncomplete = () => done(value)
    tx.onabort = () => refused(tx.error)
    try {
      run((s) => tx.objectStore(s), (v) => { value = v })
    } catch (e) {
      try { tx.abort() } catch { /* it has ended by itself */ }
      refused(e)
    }
  })
}

export const db = {
  ready: async () => void (await open()),
  get: <T>(s: Store, key: IDBValidKey) => within<T | undefined>([s], 'readonly', (of, got) => {
    const ask = of(s).get(key)
    ask.onsuccess = () => got(ask.result as T | undefined)
  }),
  all: <T>(s: Store) => within<T[]>([s], 'readonly', (of, got) => {
    const ask = of(s).getAll()
    ask.onsuccess = () => got(ask.result as T[])
  }),
  put: (s: Store, key: IDBValidKey, value: unknown) => within<void>([s], 'readwrite', (of) => void of(s).put(value, key)),
  drop: (s: Store, key: IDBValidKey) => within<void>([s], 'readwrite', (of) => void of(s).delete(key)),
  within,
}
export type Db = typeof db
