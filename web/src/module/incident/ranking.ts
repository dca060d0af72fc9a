import type { Candidate } from './case'

/** By how many whole seconds one would be there later than another; undefined where nobody knows, or it is no later. */
export function costOf(c: Pick<Candidate, 'eta_s'>, best: Pick<Candidate, 'eta_s'>): number | undefined {
  if (c.eta_s === undefined || best.eta_s === undefined) return undefined
  const later = Math.round(c.eta_s - best.eta_s)
  return later > 0 ? later : undefined
}

/** What speaks against units, the commonest first. */
export function summed(shortfalls: Record<string, number>): [string, number][] {
  return Object.entries(shortfalls).filter(([key, n]) => n > 0 && key !== 'no_candidates').sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
