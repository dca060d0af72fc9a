import { onScopeDispose, ref, type Ref } from 'vue'

/** Whether the window is narrower than so many pixels: where a table shows fewer columns, not smaller ones. */
export function useNarrow(px = 720): Readonly<Ref<boolean>> {
  const q = matchMedia(`(max-width: ${px}px)`)
  const narrow = ref(q.matches)
  const follow = () => { narrow.value = q.matches }
  q.addEventListener('change', follow)
  onScopeDispose(() => q.removeEventListener('change', follow))
  return narrow
}
