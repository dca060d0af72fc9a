import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Which rows of one height are in sight: [from, to). */
export function inSight(top: number, height: number, row: number, count: number, more: number): [from: number, to: number] {
  const from = Math.floor(top / row) - more
  const to = Math.ceil((top + height) / row) + more
  return [Math.max(0, Math.min(from, count)), Math.max(0, Math.min(to, count))]
}

/** Where a box must be scrolled to, so that a row is whole in it; where it is, if the row is. */
export function broughtIn(at: number, top: number, height: number, row: number): number {
  const start = at * row
  return start < top ? start : Math.max(top, start + row - height)
}

/** How far a box is scrolled and how high it is, as the page draws it. */
export function useSight(box: Ref<HTMLElement | undefined>) {
  const top = ref(0)
  const height = ref(0)
  const read = () => {
    top.value = box.value?.scrollTop ?? 0
  }
  /** Asks nothing of the page when nothing has to move: that would make it lay everything out. */
  function scrollTo(to: number) {
    if (!box.value || to === top.value) return
    box.value.scrollTop = to
    top.value = to
  }
  const sizes = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(([e]) => { height.value = e!.contentRect.height })
  watch(box, (el, was) => {
    was?.removeEventListener('scroll', read)
    sizes?.disconnect()
    if (!el) return
    el.addEventListener('scroll', read, { passive: true })
    height.value = el.clientHeight
    sizes?.observe(el)
    read()
  }, { flush: 'post' })
  onScopeDispose(() => sizes?.disconnect())
  return { top, height, scrollTo }
}
