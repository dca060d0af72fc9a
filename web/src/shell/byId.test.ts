import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { makeById } from './byId'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

it('is asked for together and once, at most a hundred at a time; what nobody knows is not asked again', async () => {
  const asked: string[][] = []
  const of = makeById(async (ids) => {
    asked.push(ids)
    return ids.filter((id) => id !== 'hidden').map((id) => [id, `name of ${id}`] as const)
  })
  const ids = [...Array.from({ length: 120 }, (_, i) => `u${i}`), 'hidden', 'u0']
  expect(ids.map(of).every((n) => n === undefined)).toBe(true)
  expect(of(undefined)).toBeUndefined()
  await vi.runAllTimersAsync()
  expect(asked.map((a) => a.length)).toEqual([100, 21])
  expect(of('u119')).toBe('name of u119')
  expect(of('hidden')).toBeUndefined()
  await vi.runAllTimersAsync()
  expect(asked.length).toBe(2)
})

it('loses nothing but the names when the server is away', async () => {
  const of = makeById<string>(() => Promise.reject(new Error('away')))
  of('a')
  await vi.runAllTimersAsync()
  expect(of('a')).toBeUndefined()
})
