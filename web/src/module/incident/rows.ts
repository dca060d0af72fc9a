import { byUrgency, toneOfRow, type BoardRow } from './board'

/** How the queue is sorted. */
export const sorts = ['due', 'called', 'priority'] as const
export type Sort = (typeof sorts)[number]

const orders: Record<Sort, (a: BoardRow, b: BoardRow) => number> = {
  due: byUrgency,
  called: (a, b) => b.calledAt - a.calledAt || byUrgency(a, b),
  priority: (a, b) => a.row.priority - b.row.priority || byUrgency(a, b),
}

/** Rows whose number, address or words hold everything that was typed, each part of it somewhere. */
export function matching(list: readonly BoardRow[], typed: string, wordsOf: (b: BoardRow) => string): readonly BoardRow[] {
  const parts = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (parts.length === 0) return list
  return list.filter((b) => {
    const text = `${b.row.number} ${b.row.address} ${wordsOf(b)}`.toLowerCase()
    return parts.every((p) => text.includes(p))
  })
}

/** The stages that a tab each stands for. */
export const stages = ['waiting', 'running', 'there'] as const
export type Stage = (typeof stages)[number]
const stageOf: Record<string, Stage> = { received: 'waiting', dispatched: 'waiting', acknowledged: 'running', en_route: 'running', on_scene: 'there' }

export const staged = (list: readonly BoardRow[], stage: string): readonly BoardRow[] => list.filter((b) => stageOf[b.row.status] === stage)

/** How many are in each stage. */
export function perStage(list: readonly BoardRow[]): Record<Stage, number> {
  const n = { waiting: 0, running: 0, there: 0 }
  for (const b of list) if (stageOf[b.row.status]) n[stageOf[b.row.status]!]++
  return n
}

/** How many stand in each tone at a moment. */
export function perTone(list: readonly BoardRow[], now: number): Record<'red' | 'yellow' | 'green', number> {
  const n = { red: 0, yellow: 0, green: 0 }
  for (const b of list) n[toneOfRow(b, now)]++
  return n
}

/** The board comes sorted by urgency; another order is a new list. */
export function sorted(list: readonly BoardRow[], by: Sort): readonly BoardRow[] {
  return by === 'due' ? list : [...list].sort(orders[by])
}
