import { momentOf, readDay, readTime } from '@/ui/dates'

/** The five views, in the words of the API. */
export const views = ['accounts', 'grants', 'authentication', 'behaviour', 'login'] as const
export type View = (typeof views)[number]

/** What one looks for, as a sentence: who, to what, did what, how it went, when, from where. */
export interface Filter {
  user?: string
  object?: string
  action?: string
  result?: string
  from?: string // a day, or a moment: 2026-11-25T14:05
  to?: string // a day that belongs to it, or a moment at which it is over
  address?: string
  q?: string
}
const fields = ['user', 'object', 'action', 'result', 'from', 'to', 'address', 'q'] as const

/** From the address of the page: it can be sent to somebody. */
export function fromAddress(query: Record<string, unknown>): Filter {
  const said = (f: string, x: unknown) => typeof x === 'string' && x !== '' && (!/^(from|to)$/.test(f) || isTime(x))
  return Object.fromEntries(fields.flatMap((f) => (said(f, query[f]) ? [[f, query[f]]] : [])))
}
function isTime(x: string) {
  const [day = '', time, more] = x.split('T')
  return readDay(day) === day && more === undefined && (time === undefined || readTime(time) === time)
}

/** When a time of the filter begins, and when it is over, in ms. */
export const startOf = (x: string, zone?: string) => Date.parse(momentOf(x.slice(0, 10), x.slice(11) || '00:00', zone))
export const endOf = (x: string, zone?: string) => (x.length > 10 ? startOf(x, zone) : startOf(new Date(Date.parse(x) + 86_400_000).toISOString().slice(0, 10), zone))

/** Only what is asked for. */
export const bare = (f: Filter): Record<string, string> => Object.fromEntries(fields.flatMap((k) => (f[k]?.trim() ? [[k, f[k].trim()]] : [])))

/** What the server is asked; both days belong to the question. */
export function toServer(f: Filter, zone?: string) {
  const b = bare(f)
  return {
    user_id: b.user, object: b.object, action: b.action, result: b.result, address: b.address, q: b.q,
    from: b.from && new Date(startOf(b.from, zone)).toISOString(), to: b.to && new Date(endOf(b.to, zone)).toISOString(),
  }
}

/** A link to a file of the server's. */
export function linkTo(path: string, query: Record<string, string | undefined>): string {
  const p = new URLSearchParams(Object.entries(query).flatMap(([k, v]) => (v ? [[k, v]] : [])))
  return p.size ? `${path}?${p}` : path
}

/** The key of an action's words: "POST /v1/grants" is post_grants. */
export const actionKey = (action: string) => action.toLowerCase().replace('/v1/', '').replaceAll(/[^a-z]+/g, '_').replaceAll(/^_|_$/g, '')

/** Which kind of thing an event was about: "grants/0190…" is of grants. */
export const kindOf = (object: string) => object.split('/')[0] ?? ''

/** Where an object itself begins, without what was done to it: users/1/lock is users/1. */
export const bareObject = (object: string) => object.split('/').slice(0, 2).join('/')
