import { onScopeDispose, ref, type Ref } from 'vue'

/** Whether nobody has moved the pointer or pressed a key for so long: then the pointer is not drawn. */
export function useStill(after = 4000): Ref<boolean> {
  const still = ref(false)
  let timer: ReturnType<typeof setTimeout>
  function moved() {
    still.value = false
    clearTimeout(timer)
    timer = setTimeout(() => { still.value = true }, after)
  }
  const kinds = ['pointermove', 'pointerdown', 'keydown'] as const
  for (const k of kinds) addEventListener(k, moved)
  moved()
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const k of kinds) removeEventListener(k, moved)
  })
  return still
}
