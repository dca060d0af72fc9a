import { onScopeDispose, type Component } from 'vue'

export interface Command {
  id: string
  label: string
  group: string
  hint?: string
  keys?: string
  words?: string // other names that find it
  icon?: Component
  run: () => void
}
type Source = (typed: string) => Command[] | Promise<Command[]>
const sources = new Set<Source>()

/** Adds what a room knows; it hears what was typed and may ask the server. */
export function addCommands(source: Source): () => void {
  sources.add(source)
  return () => sources.delete(source)
}
export function useCommands(source: Source) {
  onScopeDispose(addCommands(source))
}

/** How well something fits what was typed, 0 not at all: whole beginnings before parts before scattered letters. */
export function fit(c: Pick<Command, 'label' | 'hint' | 'words'>, typed: string): number {
  const q = typed.trim().toLowerCase()
  if (!q) return 1
  const text = `${c.label} ${c.words ?? ''} ${c.hint ?? ''}`.toLowerCase()
  if (c.label.toLowerCase().startsWith(q)) return 4
  if (text.includes(q)) return 3
  let i = 0
  for (const letter of text) if (letter === q[i]) i++
  return i === q.length ? 1 : 0
}

const most = 40 // that are shown

/** Of thousands, those that fit best as commands: they are matched first, and made for no more than are shown. */
export function fitting<T>(list: readonly T[], typed: string, textOf: (x: T) => Pick<Command, 'label' | 'hint' | 'words'>): T[] {
  return list.map((x) => ({ x, f: fit(textOf(x), typed) })).filter((y) => y.f > 0).sort((a, b) => b.f - a.f).slice(0, most).map((y) => y.x)
}

/** Hands on what there is at once, then again with what the server has said. */
export async function* findCommands(typed: string): AsyncGenerator<Command[]> {
  const now: Command[] = []
  const later: Promise<Command[]>[] = []
  for (const s of sources) {
    const found = s(typed)
    if (Array.isArray(found)) now.push(...found)
    else later.push(found.catch(() => []))
  }
  const rank = (list: Command[]) => list.map((c) => ({ c, f: fit(c, typed) })).filter((x) => x.f > 0).sort((a, b) => b.f - a.f).map((x) => x.c)
  let all = rank(now)
  yield all.slice(0, most)
  for (const p of later) {
    const known = new Set(all.map((c) => c.id)) // the server finds what is here already too
    all = [...all, ...(await p).filter((c) => !known.has(c.id))]
    yield all.slice(0, most)
  }
}
