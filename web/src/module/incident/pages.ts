import { Map as MapIcon, Siren } from '@lucide/vue'
import type { Page } from '@/shell/pages'

const load = () => import('./Console.vue')

export const pages: Page[] = [
  { path: '/c', name: 'console', room: 'incident', permission: 'incident.read', area: 'work', icon: Siren, go: 'c', frame: 'wide', load },
  { path: '/c/i/:id', name: 'incident', room: 'incident', permission: 'incident.read', frame: 'wide', load },
  { path: '/c/intake', name: 'intake', room: 'intake', permission: 'incident.receive', frame: 'wide', home: (can) => can('incident.receive') && !can('incident.dispatch'), load },
  { path: '/c/map', name: 'map', room: 'incident', permission: 'incident.read', area: 'work', icon: MapIcon, go: 'm', frame: 'wide', load: () => import('./MapWindow.vue') },
]
