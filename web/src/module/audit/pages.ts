import { ScrollText } from '@lucide/vue'
import type { Page } from '@/shell/pages'
import { views } from './filter'

/** One page for each of the five views; the navigation has the first, and tabs lead to the others. */
export const pages: Page[] = views.map((view, i) => ({
  path: `/a/audit/${view}`, name: `audit-${view}`, room: 'audit', permission: 'audit.read', load: () => import('./Audit.vue'),
  ...(i === 0 && { area: 'admin', covers: '/a/audit', icon: ScrollText, go: 'u' }),
}))
