import { FileUp, LayoutDashboard, Network } from '@lucide/vue'
import type { Page } from '@/shell/pages'

export const pages: Page[] = [
  { path: '/s', name: 'desk', room: 'org', permission: 'pace.read', area: 'work', icon: LayoutDashboard, go: 's', home: (can) => can('pace.reason') && !can('incident.dispatch'), load: () => import('./Desk.vue') },
  { path: '/a/org', name: 'org', room: 'org', permission: 'org.read', area: 'admin', icon: Network, go: 'o', load: () => import('./Orgs.vue') },
  { path: '/a/org/imports', name: 'org-imports', room: 'org', permission: 'org.read', icon: FileUp, load: () => import('./Imports.vue') },
]
