import type { Schemas } from '@/shell/client'
import { standing } from './roles'

/** One condition of a grant, and whether it is met. Its words are access.link.<key>. */
export interface Link { key: string; holds: boolean }

/** The three conditions that a grant must meet to allow something, each in words of how it stands. */
export function linksOf(r: Schemas['access.Reason'], now: number): Link[] {
  const s = standing(r, now)
  return [
    { key: r.in_force ? 'in_force' : s === 'in_force' ? 'not_in_force' : s, holds: r.in_force },
    { key: r.covers_permission ? 'covers' : 'covers_not', holds: r.covers_permission },
    { key: r.contains_organisation ? 'contains' : r.unit_only ? 'contains_not_unit' : 'contains_not', holds: r.contains_organisation },
  ]
}
