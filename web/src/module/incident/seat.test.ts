import { nextTick, ref } from 'vue'
import { expect, test } from 'vitest'
import { tieWindows } from './seat'

/** Two windows with a line between them; each hears what the other says. */
function seat() {
  type Line = NonNullable<Parameters<typeof tieWindows>[2]>
  const said: string[] = []
  const make = (name: string): Line => ({ onmessage: null, close: () => undefined, postMessage: (w) => { said.push(`${name} ${w.is} ${'id' in w ? (w.id ?? '-') : ''}`.trim()); for (const l of lines) if (l !== mine[name]) l.onmessage?.({ data: w }) } })
  const mine: Record<string, Line> = { a: make('a'), b: make('b') }
  const lines = Object.values(mine)
  return { said, mine }
}

test('what one window chooses is chosen in the other, and is not handed back', async () => {
  const { said, mine } = seat()
  const [a, b] = [ref<string>(), ref<string>()]
  tieWindows(a, (id) => { a.value = id }, mine.a)
  tieWindows(b, (id) => { b.value = id }, mine.b)
  said.length = 0
  a.value = 'one'
  await nextTick()
  expect(b.value).toBe('one')
  b.value = 'two'
  await nextTick()
  expect(a.value).toBe('two')
  b.value = undefined
  await nextTick()
  expect(a.value).toBeUndefined()
  expect(said).toEqual(['a chosen one', 'b chosen two', 'b chosen -'])
})

test('a window that opens later learns what is chosen', () => {
  const { mine } = seat()
  const [a, b] = [ref<string | undefined>('one'), ref<string>()]
  tieWindows(a, (id) => { a.value = id }, mine.a)
  tieWindows(b, (id) => { b.value = id }, mine.b)
  expect(b.value).toBe('one')
})
