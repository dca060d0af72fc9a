import { ref, watch } from 'vue'
import { fresh, type Tour } from './tour'

const where = 'zhian.tour'

/** Where somebody stands in the tour, kept on this machine: it goes on as somebody else, and in another window. */
export function useTour() {
  const read = (): Tour => {
    try {
      return { ...fresh(), ...(JSON.parse(localStorage.getItem(where) ?? '{}') as Partial<Tour>) }
    } catch {
      return fresh()
    }
  }
  const tour = ref(read())
  watch(tour, (t) => {
    try {
      localStorage.setItem(where, JSON.stringify(t))
    } catch { /* it is walked in this window alone */ }
  })
  addEventListener('storage', (e) => { if (e.key === where) tour.value = read() })
  return tour
}
