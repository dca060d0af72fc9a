/** What the chart of a report draws. */
import type { ChartData } from '@/ui/chart'
import type { Line } from './noise'
import type { Group } from './question'

export interface Named { name: (group: string) => string; clock: (c: string) => string; now: string; before: string }
const mostBars = 20
const percent = (l: Line | undefined) => (l && l.n > 0 ? Math.round(1000 * l.rate) / 10 : null)
const overTime: Group[] = ['hour', 'day', 'week', 'month']

/** Rates: over time as lines, of groups as bars, those with too few left out of a ranking. One clock, or all that there are. */
export function chartOf(lines: Line[], by: Group, clock: string | undefined, words: Named, before?: Map<string, Line>): ChartData {
  const clocks = clock ? [clock] : [...new Set(lines.map((l) => l.clock as string))]
  const of = new Map(lines.map((l) => [`${l.clock} ${l.group}`, l]))
  const time = overTime.includes(by)
  let groups = [...new Set(lines.map((l) => l.group))]
  if (time) groups.sort((a, b) => (by === 'hour' ? Number(a) - Number(b) : a < b ? -1 : 1))
  if (clock && !time) {
    groups = groups.filter((g) => of.get(`${clock} ${g}`)?.too_few === false).sort((a, b) => of.get(`${clock} ${b}`)!.rate - of.get(`${clock} ${a}`)!.rate).slice(0, mostBars)
    return { kind: 'ranking', categories: groups.map(words.name), series: [{ name: words.clock(clock), data: groups.map((g) => percent(of.get(`${clock} ${g}`))) }], unit: '%', max: 100 }
  }
  const series = clocks.map((c) => ({ name: clock && before ? words.now : words.clock(c), data: groups.slice(0, time ? undefined : mostBars).map((g) => percent(of.get(`${c} ${g}`))) }))
  if (clock && before) series.push({ name: words.before, data: groups.map((g) => percent(before.get(g))), dashed: true } as never)
  return { kind: time ? 'line' : 'bar', categories: (time ? groups : groups.slice(0, mostBars)).map(words.name), series, unit: '%', max: 100 }
}
