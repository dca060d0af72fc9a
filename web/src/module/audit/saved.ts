import { shallowRef } from 'vue'
import type { View } from './filter'

/** A question that somebody asks often, kept in this browser alone. */
export interface Saved { name: string; view: View; query: Record<string, string> }

const place = 'zhian.audit.saved'
const most = 20

function read(): Saved[] {
  try {
    const list = JSON.parse(localStorage.getItem(place) ?? '[]') as Saved[]
    return Array.isArray(list) ? list.filter((s) => s.name && s.view) : []
  } catch {
    return []
  }
}

export function useSaved() {
  const list = shallowRef(read())
  function write(next: Saved[]) {
    list.value = next.slice(0, most)
    localStorage.setItem(place, JSON.stringify(list.value))
  }
  return {
    list,
    /** One of the same name takes the place of the older. */
    save: (s: Saved) => write([s, ...list.value.filter((x) => x.name !== s.name)]),
    remove: (name: string) => write(list.value.filter((x) => x.name !== name)),
  }
}
