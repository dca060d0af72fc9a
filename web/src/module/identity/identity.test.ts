import { describe, expect, it } from 'vitest'
import { Problem } from '@/shell/problem'
import { actOnAll, actsFor, linkOf, standing, type Account } from './accounts'

const now = Date.parse('2026-11-25T06:00:00Z')
const account = (extra: Partial<Account> = {}) => ({ id: 'a', state: 'active', version: 1, ...extra }) as Account

describe('an account', () => {
  it('stands as its state and its lock say', () => {
    expect(standing(account(), now)).toBe('active')
    expect(standing(account({ locked_until: '2026-11-25T06:00:01Z' }), now)).toBe('locked')
    expect(standing(account({ locked_until: '2026-11-25T05:59:59Z' }), now)).toBe('active')
    expect(standing(account({ state: 'disabled', locked_until: '2026-11-26T00:00:00Z' }), now)).toBe('disabled')
  })
  it('offers only what its state allows', () => {
    expect(actsFor(account(), now)).not.toContain('unlock')
    expect(actsFor(account({ state: 'disabled' }), now)).toEqual(['enable'])
    expect(actsFor(account({ state: 'invited' }), now)).not.toContain('lock')
  })
  it('is set up by a link whose token no server is sent', () => {
    expect(new URL(linkOf('secret')).hash).toBe('#secret')
    expect(new URL(linkOf('secret')).search).toBe('')
  })
})

it('many are done one after the other, and who is refused keeps none of the rest', async () => {
  const done: string[] = []
  const counts: number[] = []
  const refused = await actOnAll([account({ id: 'a' }), account({ id: 'b' }), account({ id: 'c' })], 'lock', 'r', 'u', (n) => counts.push(n), async (a) => {
    if (a.id === 'b') throw new Problem(409, 'identity.already_disabled')
    done.push(a.id)
    return a
  })
  expect([done, counts, refused.map((r) => r.account.id)]).toEqual([['a', 'c'], [1, 2, 3], ['b']])
})
