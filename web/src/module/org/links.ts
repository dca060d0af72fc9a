import { pages } from '@/shell/pages'

const detail = pages.some((p) => p.path === '/c/i/:id')
/** Where one incident is looked at and acted on. */
export const incidentPage = (id: string) => (detail ? `/c/i/${id}` : `/s/clock/i/${id}`)
