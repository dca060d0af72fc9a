import { byUrgency, type BoardRow } from './board'

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

/** The board comes sorted by urgency; another order is a new list. */
export function sorted(list: readonly BoardRow[], by: Sort): readonly BoardRow[] {
  return by === 'due' ? list : [...list].sort(orders[by])
}
