import { api, got, type Schemas } from '@/shell/client'
import { Problem } from '@/shell/problem'

export type Account = Schemas['identity.Account']

/** How an account stands, locks included. */
export function standing(a: Pick<Account, 'state' | 'locked_until'>, now: number): 'invited' | 'active' | 'disabled' | 'locked' {
  if (a.state === 'active' && a.locked_until && Date.parse(a.locked_until) > now) return 'locked'
  return a.state as 'invited' | 'active' | 'disabled'
}
export const toneOfStanding = { invited: 'info', active: 'green', disabled: 'grey', locked: 'yellow' } as const

/** What can be done with an account as it stands. */
export type Act = 'disable' | 'enable' | 'lock' | 'unlock' | 'invite'
export function actsFor(a: Account, now: number): Act[] {
  const s = standing(a, now)
  return ({ invited: ['invite', 'disable'], active: ['lock', 'invite', 'disable'], locked: ['unlock', 'invite', 'disable'], disabled: ['enable'] } as Record<typeof s, Act[]>)[s]
}

/** The link that somebody sets their password with; the token stands behind the #, which no server is sent. */
export const linkOf = (token: string) => `${location.origin}/setup#${token}`

export const versionOf = (a: { version: number }) => ({ 'If-Match': `"${a.version}"` })

/** Does something with an account: disable and lock want a reason. */
export function act(a: Account, what: Act, reason = '', until = ''): Promise<Account> {
  const params = { path: { id: a.id }, header: versionOf(a) }
  switch (what) {
    case 'disable': return got(api.POST('/v1/users/{id}/disable', { params, body: { reason } }))
    case 'lock': return got(api.POST('/v1/users/{id}/lock', { params, body: { reason, until } }))
    case 'enable': return got(api.POST('/v1/users/{id}/enable', { params }))
    case 'unlock': return got(api.POST('/v1/users/{id}/unlock', { params }))
    case 'invite': return got(api.POST('/v1/users/{id}/invite', { params }))
  }
}

/** Does the same with many, one after the other; who was refused is told, the rest is done. */
export async function actOnAll(list: Account[], what: Act, reason: string, until: string, done: (n: number) => void, doIt = act): Promise<{ account: Account; problem: Problem }[]> {
  const refused: { account: Account; problem: Problem }[] = []
  for (const [i, account] of list.entries()) {
    try {
      await doIt(account, what, reason, until)
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      refused.push({ account, problem: e })
    }
    done(i + 1)
  }
  return refused
}
