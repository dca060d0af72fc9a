import { base64Of } from '@/proof/bytes'
import type { Branch } from '@/ui/kinds'
import type { Schemas } from '@/shell/client'

export type Org = Schemas['org.Organisation']
export const kinds = ['bureau', 'county', 'station', 'branch', 'department', 'command_room', 'squad'] as const

/** The branches that hold a text in their name or code, with what leads to them. */
export function found(list: Branch[], text: string): Branch[] {
  const q = text.trim().toLowerCase()
  if (!q) return list
  return list.flatMap((b) => {
    const children = found(b.children ?? [], q)
    if (`${b.label} ${b.hint ?? ''}`.toLowerCase().includes(q)) return [b]
    return children.length ? [{ ...b, children }] : []
  })
}

/** The tree without a branch and what is below it: where that one can be moved to. */
export const without = (list: Branch[], id: string): Branch[] => list.filter((b) => b.value !== id).map((b) => (b.children ? { ...b, children: without(b.children, id) } : b))

/** The ids of the first levels: what is open at first. */
export const upTo = (list: Branch[], levels: number): string[] => (levels <= 0 ? [] : list.flatMap((b) => [b.value, ...upTo(b.children ?? [], levels - 1)]))
export const every = (list: Branch[]): string[] => upTo(list, 50)

/** A file's bytes as the server takes them. */
export const contentOf = async (file: Blob) => base64Of(new Uint8Array(await file.arrayBuffer()))
