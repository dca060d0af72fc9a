import { reactive } from 'vue'
import { api, got } from '@/shell/client'

const names = reactive(new Map<string, string>())
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
      const found = await got(api.GET('/v1/users/names', { params: { query: { ids } }, querySerializer: () => `ids=${ids.map(encodeURIComponent).join(',')}` }))
      for (const n of found.items) names.set(n.id, n.display_name)
    } catch { /* shown by its id; asked again with the next page */ }
  }
}

/** What boards and timelines show of members of the staff; gathered, asked for once. */
export function useNames() {
  return (id: string | undefined): string => {
    if (!id) return ''
    const known = names.get(id)
    if (known !== undefined) return known
    names.set(id, '')
    wanted.add(id)
    if (!asked) {
      asked = true
      queueMicrotask(() => void ask())
    }
    return ''
  }
}
