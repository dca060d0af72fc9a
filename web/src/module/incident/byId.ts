import { shallowReactive } from 'vue'
import { api, got, type Schemas } from '@/shell/client'

export type Row = Schemas['incident.Row']

const rows = shallowReactive(new Map<string, Row | null>()) // null: asked for, or not to be seen
let wanted = new Set<string>()
let asked = false
const most = 100 // ids in one question

async function ask() {
  asked = false
  const all = [...wanted]
  wanted = new Set()
  for (let i = 0; i < all.length; i += most) {
    const ids = all.slice(i, i + most)
    try {
      const found = await got(api.GET('/v1/incidents', { params: { query: { ids } }, querySerializer: () => `ids=${ids.map(encodeURIComponent).join(',')}` }))
      for (const r of found.items) rows.set(r.id, r)
    } catch { /* shown without number and place; asked again by the next page */
    }
  }
}

/** Numbers, places and kinds of incidents by their ids, open or ended; gathered, asked for once. */
export function useRows() {
  return (id: string): Row | undefined => {
    const known = rows.get(id)
    if (known !== undefined) return known ?? undefined
    queueMicrotask(() => {
      if (rows.has(id)) return
      rows.set(id, null)
      wanted.add(id)
      if (asked) return
      asked = true
      setTimeout(() => void ask(), 20)
    })
    return undefined
  }
}
