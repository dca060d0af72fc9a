import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, got, onSessionOver, type Schemas } from './client'
import { Problem } from './problem'

export type Account = Schemas['identity.Account']
export type Right = Schemas['access.Right']

export type SessionState =
  | 'unknown' // not asked yet
  | 'out'
  | 'in'
  | 'over' // it has ended under somebody's hands: a dialog asks for the password, the work stays

/**
 * Who is at this desk and what they may do. The token is a cookie that no script
 * can read. What the server says of rights only decides what is offered here.
 */
export const useSession = defineStore('session', () => {
  const state = ref<SessionState>('unknown')
  const account = shallowRef<Account>()
  const permissions = shallowRef(new Set<string>())
  const grants = shallowRef<Right[]>([])
  const roles = computed(() => [...new Set(grants.value.map((g) => g.role))])
  let waiting: ((renewed: boolean) => void)[] = []
  let leaving = false

  /** Finds out whether the cookie is still good. */
  async function resume(): Promise<SessionState> {
    try {
      const me = await got(api.GET('/v1/me'))
      await learn(me)
      state.value = 'in'
    } catch (e) {
      if (!(e instanceof Problem) || e.status !== 401) throw e
      state.value = 'out'
    }
    return state.value
  }

  async function learn(me: Account) {
    account.value = me
    await rightsChanged()
  }

  /** Asks again what one may do; the navigation follows. */
  async function rightsChanged() {
    const r = await got(api.GET('/v1/me/rights'))
    permissions.value = new Set([...r.open, ...r.rights.flatMap((g) => g.permissions)])
    grants.value = r.rights
  }

  async function logIn(login: string, password: string) {
    entered(await got(api.POST('/v1/login', { body: { login, password, cookie: true } })))
    await rightsChanged()
    settle(true)
  }

  /** Enters a demonstration as somebody with a role. */
  async function visit(role: string) {
    const answer = await fetch('/v1/demo/login', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ role, cookie: true }),
    })
    if (!answer.ok) throw await Problem.of(answer)
    entered((await answer.json()) as Schemas['identity.LoggedIn'])
    await rightsChanged()
    settle(true)
  }

  function entered(l: Schemas['identity.LoggedIn']) {
    account.value = l.account
    state.value = 'in'
  }

  async function logOut() {
    leaving = true // the live channel hears of the end before this does
    try {
      await api.POST('/v1/logout')
      forget()
    } finally {
      leaving = false
    }
  }

  function forget() {
    account.value = undefined
    permissions.value = new Set()
    grants.value = []
    state.value = 'out'
    settle(false)
  }

  /** The session is over. Resolves when there is a new one, or none is wanted. */
  function expire(): Promise<boolean> {
    if (leaving || (state.value !== 'in' && state.value !== 'over')) return Promise.resolve(false)
    state.value = 'over'
    return new Promise((done) => waiting.push(done))
  }

  function settle(renewed: boolean) {
    const all = waiting
    waiting = []
    for (const done of all) done(renewed)
  }

  onSessionOver(expire)
  const can = (permission: string) => permissions.value.has(permission)
  return { state, account, permissions, grants, roles, resume, logIn, visit, logOut, forget, expire, rightsChanged, can }
})
