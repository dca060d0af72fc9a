import { reactive } from 'vue'
import { api, got } from '@/shell/client'

const numbers = reactive(new Map<string, string>())

/** The number of another incident that a timeline names by its id; empty until it has come, or for who may not read it. */
export function useNumbers() {
  return (id: string): string => {
    const known = numbers.get(id)
    if (known !== undefined) return known
    numbers.set(id, '')
    got(api.GET('/v1/incidents/{id}', { params: { path: { id } } })).then((i) => numbers.set(id, i.number), () => undefined)
    return ''
  }
}
