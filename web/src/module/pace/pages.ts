import { Timer } from '@lucide/vue'
import type { Page } from '@/shell/pages'

export const pages: Page[] = [
  { path: '/s/clock', name: 'clock', room: 'pace', permission: 'pace.read', area: 'work', icon: Timer, go: 'p', load: () => import('./Live.vue') },
  { path: '/s/clock/report', name: 'report', room: 'pace', permission: 'pace.read', load: () => import('./Report.vue') },
  { path: '/s/clock/definitions', name: 'definitions', room: 'pace', permission: 'pace.read', load: () => import('./Definitions.vue') },
  { path: '/s/clock/judgements', name: 'judgements', room: 'pace', permission: 'pace.read', load: () => import('./Judgements.vue') },
  { path: '/s/clock/i/:id', name: 'evidence', room: 'pace', permission: 'pace.read', load: () => import('./Evidence.vue') },
]
