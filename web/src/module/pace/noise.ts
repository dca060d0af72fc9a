/** Whether figures differ by more than chance: what a mark beside a rate says. */
import type { Schemas } from '@/shell/client'
import type { Tone } from '@/ui/kinds'

export type Line = Schemas['pace.Line']
type Rated = Pick<Line, 'n' | 'within' | 'rate' | 'wilson95' | 'too_few'>

export type Standing = 'few' | 'above' | 'below' | 'alike'

/** How a rate stands to that of the whole: apart only where the whole lies outside of its 95 % bounds. */
export function standing(l: Rated, whole: Rated | undefined): Standing {
  if (l.too_few) return 'few'
  if (!whole || whole.n === l.n) return 'alike'
  return l.wilson95.high < whole.rate ? 'below' : l.wilson95.low > whole.rate ? 'above' : 'alike'
}
export const toneOfStanding: Record<Standing, Tone> = { few: 'grey', above: 'green', below: 'red', alike: 'info' }

/** Two rates differ by more than noise when neither's bounds hold the other. */
export function differ(a: Rated, b: Rated): boolean {
  return !a.too_few && !b.too_few && (a.wilson95.high < b.wilson95.low || b.wilson95.high < a.wilson95.low)
}

/** How many incidents a line has counted, in all. */
export const total = (l: Pick<Line, 'n' | 'missing' | 'inverted' | 'censored' | 'running' | 'excluded'>) => l.n + l.missing + l.inverted + l.censored + l.running + l.excluded

/** Wilson's 95 % bounds of a share (z = 1.959964), for sums that are made here of lines of the server. */
export function wilson(within: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 }
  const z = 1.959963984540054
  const p = within / n
  const mid = p + (z * z) / (2 * n)
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  const d = 1 + (z * z) / n
  return { low: Math.max(0, (mid - half) / d), high: Math.min(1, (mid + half) / d) }
}

/** All lines of one clock as one, as far as sums allow it: counts, rate and bounds; no percentiles. */
export function sumOf(lines: Line[]): Rated & { missing: number; inverted: number; censored: number; running: number; excluded: number; overdue: number } {
  const sum = (of: (l: Line) => number) => lines.reduce((s, l) => s + of(l), 0)
  const [n, within] = [sum((l) => l.n), sum((l) => l.within)]
  return { n, within, rate: n ? within / n : 0, wilson95: wilson(within, n), too_few: n < 30, missing: sum((l) => l.missing), inverted: sum((l) => l.inverted), censored: sum((l) => l.censored), running: sum((l) => l.running), excluded: sum((l) => l.excluded), overdue: sum((l) => l.overdue) }
}
