import { ref, shallowRef } from 'vue'
import { api, fresh, got, onSessionOver, type Schemas } from '@/shell/client'
import { Problem } from '@/shell/problem'
import { db } from './db'

export type Account = Schemas['identity.Account']

/**
 * Who holds this handset. The account is kept on the device, so that the work goes
 * on without network and after the session has ended; what was done waits for the
 * same person to log in again.
 */
export const account = shallowRef<Account>()
export const permissions = shallowRef(new Set<string>())
export const state = ref<'unknown' | 'out' | 'in' | 'over' | 'away'>('unknown') // away: known from before, the server cannot be asked
export const can = (p: string) => permissions.value.has(p)

interface Kept { account: Account; permissions: string[] }

/** The device's own name, made once; it lives beside the counter of what was done on it. */
async function deviceId(): Promise<string> {
  const known = await db.get<string>('kept', 'device')
  if (known) return known
  const made = 'hand-' + fresh()
  return db.within<string>(['kept'], 'readwrite', (of, got) => {
    const ask = of('kept').get('device')
    ask.onsuccess = () => {
      got((ask.result as string | undefined) ?? made)
      if (!ask.result) of('kept').put(made, 'device')
    }
  })
}

async function learn(a: Account) {
  const r = await got(api.GET('/v1/me/rights'))
  account.value = a
  permissions.value = new Set([...r.open, ...r.rights.flatMap((g) => g.permissions)])
  state.value = 'in'
  await db.put('kept', 'account', { account: a, permissions: [...permissions.value] } satisfies Kept).catch(() => undefined)
}

/** Finds out whether there is a session, and that it is this device's: another could number nothing. */
export async function resume(): Promise<void> {
  const kept = await db.get<Kept>('kept', 'account').catch(() => undefined)
  if (kept && state.value === 'unknown') {
    account.value = kept.account
    permissions.value = new Set(kept.permissions)
    state.value = 'away'
  }
  if (!kept && !account.value) { // a session of this device leaves an account on it
    state.value = 'out'
    return
  }
  try {
    const me = await got(api.GET('/v1/me'))
    const mine = (await got(api.GET('/v1/sessions'))).items.find((s) => s.current)
    if (mine?.device_id !== (await deviceId())) {
      state.value = 'over'
      return
    }
    await learn(me)
  } catch (e) {
    if (e instanceof Problem && e.status === 401) state.value = account.value ? 'over' : 'out'
    else state.value = 'away'
  }
}

export async function logIn(login: string, password: string) {
  const body = { login, password, cookie: true, device_id: await deviceId() }
  await learn((await got(api.POST('/v1/login', { body }))).account)
}

/** Enters a demonstration as somebody with a role. */
export async function visit(role: string) {
  const answer = await fetch('/v1/demo/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ role, cookie: true, device_id: await deviceId() }) })
  if (!answer.ok) throw await Problem.of(answer)
  await learn(((await answer.json()) as Schemas['identity.LoggedIn']).account)
}

/** Ends the session, and lets the device forget who it was; what waits for them stays. */
export async function logOut() {
  await api.POST('/v1/logout').catch((e: unknown) => { if (!(e instanceof Problem && e.status === 401)) throw e })
  await db.drop('kept', 'account')
  await db.drop('kept', 'own')
  account.value = undefined
  permissions.value = new Set()
  state.value = 'out'
}

onSessionOver(() => {
  if (account.value) state.value = 'over'
  return Promise.resolve(false)
})
