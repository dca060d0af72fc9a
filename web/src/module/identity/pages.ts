import { Users } from '@lucide/vue'
import type { Page } from '@/shell/pages'

export const pages: Page[] = [
  { path: '/a/users', name: 'users', room: 'identity', permission: 'identity.read', area: 'admin', icon: Users, go: 'l', load: () => import('./Users.vue') },
]
