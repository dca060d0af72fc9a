import { Siren } from '@lucide/vue'
import type { Page } from '@/shell/pages'

export const pages: Page[] = [
  { path: '/c', name: 'console', room: 'incident', permission: 'incident.read', area: 'work', icon: Siren, go: 'c', frame: 'wide', load: () => import('./Console.vue') },
]
