import { afterEach, expect, it, vi } from 'vitest'
import { painted } from './paint'

afterEach(() => vi.unstubAllGlobals())

it('waits for the frame that is being drawn, and not for ever where none is', async () => {
  const order: string[] = []
  let draw = () => undefined as void
  vi.stubGlobal('requestAnimationFrame', (fn: () => void) => { draw = fn })
  const shown = painted().then(() => order.push('painted'))
  await Promise.resolve()
  expect(order).toEqual([])
  draw()
  order.push('frame')
  await shown
  expect(order).toEqual(['frame', 'painted'])
  await painted() // no frame comes
})
