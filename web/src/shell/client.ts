import createClient from 'openapi-fetch'
import type { components, paths } from './api'
import { Problem } from './problem'

export type Schemas = components['schemas']

/** Random text for keys; works on plain HTTP too, where crypto.randomUUID does not exist. */
export function fresh(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}

const attempts = 4
const pause = (n: number) => new Promise((done) => setTimeout(done, 300 * 2 ** n + Math.random() * 200))
const passing = new Set([502, 503, 504])

/** Is asked when the session is over: it resolves once there is a new one, to true, or to false when the person gives up. */
let renew: () => Promise<boolean> = () => Promise.resolve(false)
export function onSessionOver(fn: () => Promise<boolean>) {
  renew = fn
}

/**
 * Sends a request until there is an answer. Each that changes something carries
 * an Idempotency-Key, the same in every attempt: the server does it once and
 * gives its first answer again, so that repeating is safe.
 */
async function send(request: Request): Promise<Response> {
  const safe = request.method === 'GET' || request.method === 'HEAD'
  if (!safe && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', fresh())
  const open = new URL(request.url).pathname.match(/^\/v1\/(login|setup|demo\/login|about)$/)
  for (let n = 0; ; n++) {
    let answer: Response | undefined
    try {
      answer = await fetch(request.clone())
    } catch (e) {
      if (request.signal.aborted) throw e
    }
    const last = n + 1 >= attempts || (safe && n >= 1)
    if (answer?.status === 401 && !open && n === 0 && (await renew())) continue
    if (answer && !(passing.has(answer.status) && !last && !open)) return answer
    if (!answer && last) throw new Problem(0, 'network.unreachable')
    await pause(n)
  }
}

export const api = createClient<paths>({ baseUrl: typeof location === 'undefined' ? '' : location.origin, fetch: send, credentials: 'same-origin' })

api.use({
  async onResponse({ response }) {
    if (!response.ok && response.status !== 304) throw await Problem.of(response)
    return undefined
  },
})

/** The body of an answer; refusals were thrown as Problem before. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}

/** Every page of a list, at most so many items. */
export async function all<T>(page: (after: string | undefined) => Promise<{ items: T[]; next?: string }>, most = 20_000): Promise<T[]> {
  const items: T[] = []
  let after: string | undefined
  do {
    const p = await page(after)
    items.push(...p.items)
    after = p.next || undefined
  } while (after && items.length < most)
  return items
}
