import { KeyRound, UsersRound } from '@lucide/vue'
import type { Page } from '@/shell/pages'

export const pages: Page[] = [
  { path: '/a/roles', name: 'roles', room: 'access', permission: 'access.read', area: 'admin', icon: UsersRound, go: 'r', load: () => import('./Roles.vue') },
  { path: '/a/grants', name: 'grants', room: 'access', permission: 'access.read', area: 'admin', icon: KeyRound, go: 'g', load: () => import('./Grants.vue') },
]
