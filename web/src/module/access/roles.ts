import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, got, type Schemas } from '@/shell/client'

export type Grant = Schemas['access.Grant']

/** The three administrators: nobody may be two of them (GB/T 22239-2019, 8.1.4.2 d). */
export const separated = ['system_admin', 'security_admin', 'audit_admin']
const order = [...separated, 'bureau_leader', 'command_centre', 'dispatcher', 'call_taker', 'station_leader', 'officer', 'auxiliary', 'operations']

/** Whether a pattern of a role covers a permission: "incident.*" covers what is of incidents. */
export const covers = (pattern: string, perm: string) => pattern === perm || (pattern.endsWith('.*') && perm.startsWith(pattern.slice(0, -1)))

/** Permissions by the room that they are of. */
export function byRoom(perms: string[]): { room: string; perms: string[] }[] {
  const rooms = [...new Set(perms.map((p) => p.split('.')[0]!))]
  return rooms.map((room) => ({ room, perms: perms.filter((p) => p.startsWith(room + '.')) }))
}

/** How a grant stands at a moment. */
export function standing(g: Pick<Grant, 'from' | 'until' | 'revoked_at'>, now: number): 'revoked' | 'ended' | 'to_come' | 'in_force' {
  if (g.revoked_at) return 'revoked'
  if (g.until && Date.parse(g.until) <= now) return 'ended'
  return Date.parse(g.from) > now ? 'to_come' : 'in_force'
}
/** What gives again what a grant gave that was taken back by mistake: from now on, or from when it was to begin. */
export const againOf = (g: Grant, reason: string, now: number) => ({
  user_id: g.user_id, role: g.role, org_id: g.org_id, unit_only: !!g.unit_only, from: Date.parse(g.from) > now ? g.from : undefined, until: g.until, reason: [...reason].slice(0, 500).join(''),
})
export const toneOfStanding = { revoked: 'grey', ended: 'grey', to_come: 'info', in_force: 'green' } as const

/** Every role with what it may do. */
export function useRoles() {
  const { t, te } = useI18n()
  const q = useQuery({ queryKey: ['roles'], staleTime: 5 * 60_000, queryFn: () => got(api.GET('/v1/roles')) })
  const names = computed(() => {
    const all = Object.keys(q.data.value?.roles ?? {})
    return [...order.filter((r) => all.includes(r)), ...all.filter((r) => !order.includes(r)).sort()]
  })
  const permsOf = (role: string) => (q.data.value?.permissions ?? []).filter((p) => (q.data.value?.roles[role] ?? []).some((x) => covers(x, p)))
  const nameOf = (role: string) => (te('shell.role.' + role) ? t('shell.role.' + role) : role)
  const permName = (p: string) => (te('access.perm.' + p) ? t('access.perm.' + p) : p)
  const choices = computed(() => names.value.map((value) => ({ value, label: nameOf(value) })))
  const permChoices = computed(() => (q.data.value?.permissions ?? []).filter(Boolean).map((value) => ({ value, label: permName(value), hint: value })))
  return { query: q, names, permsOf, nameOf, permName, choices, permChoices }
}
