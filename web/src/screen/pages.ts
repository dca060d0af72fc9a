import { Monitor } from '@lucide/vue'
import type { Page } from '@/shell/pages'

/** Screens that nobody sits at, as desks link to them. */
export const pages: Page[] = [
  { path: '/x/', name: 'city', room: 'screen', permission: 'pace.read', area: 'work', icon: Monitor, go: 'x', elsewhere: true, load: () => import('./App.vue') },
]
