import type { Branch } from '@/ui/kinds'

interface Node { id: string; name: string; code?: string; parent_id?: string; sort: number; retired_at?: string }

/** Organisations as a tree, in the order that they are given; one whose parent is not among them stands at the top. */
export function branchesOf(list: readonly Node[], { retired = false } = {}): Branch[] {
  const shown = list.filter((o) => retired || !o.retired_at)
  const ids = new Set(shown.map((o) => o.id))
  const below = new Map<string, Node[]>()
  for (const o of shown) {
    const at = o.parent_id && ids.has(o.parent_id) ? o.parent_id : ''
    below.set(at, [...(below.get(at) ?? []), o])
  }
  const make = (at: string): Branch[] => (below.get(at) ?? []).sort((a, b) => a.sort - b.sort || (a.name < b.name ? -1 : 1))
    .map((o) => ({ value: o.id, label: o.name, hint: o.code, ...(below.has(o.id) && { children: make(o.id) }) }))
  return make('')
}
