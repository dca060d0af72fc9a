import { LayoutDashboard } from '@lucide/vue'
import type { Page } from '@/shell/pages'

export const pages: Page[] = [
  { path: '/s', name: 'desk', room: 'org', permission: 'pace.read', area: 'work', icon: LayoutDashboard, go: 's', home: (can) => can('pace.reason') && !can('incident.dispatch'), load: () => import('./Desk.vue') },
]
