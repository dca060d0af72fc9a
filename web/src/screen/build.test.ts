import { expect, test, vi } from 'vitest'
import { followBuilds } from './build'

test('a wall goes over to a new build, and stays through a server that is away', async () => {
  const tags: (string | undefined)[] = ['"a"', '"a"', undefined, '"a"', '"b"']
  const reload = vi.fn()
  const look = followBuilds(async () => tags.shift(), reload)
  for (let n = 0; n < 4; n++) await look()
  expect(reload).not.toHaveBeenCalled()
  await look()
  expect(reload).toHaveBeenCalledTimes(1)
})

test('what has lost a part of itself loads anew, but not from a server that is away', async () => {
  const tags: (string | undefined)[] = [undefined, '"a"']
  const reload = vi.fn()
  const look = followBuilds(async () => tags.shift(), reload)
  await look(true)
  expect(reload).not.toHaveBeenCalled()
  await look(true)
  expect(reload).toHaveBeenCalledTimes(1)
})
