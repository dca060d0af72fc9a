import { expect, test } from 'vitest'
import { pageOver, pages } from './pages'

const navigation = pages.filter((p) => p.area)
const nameOver = (path: string) => pageOver(navigation, path)?.name

test('each of the audit log’s views belongs to the one that the navigation has', () => {
  const views = pages.filter((p) => p.room === 'audit')
  expect(views).toHaveLength(5)
  for (const p of views) expect(nameOver(p.path)).toBe(navigation.find((n) => n.room === 'audit')?.name)
})

test('what is opened from a page belongs to it, and to the nearest one', () => {
  expect(nameOver('/s/clock/report')).toBe('clock')
  expect(nameOver('/s/clock')).toBe('clock')
  expect(nameOver('/s')).toBe('desk')
  expect(nameOver('/s/other')).toBe('desk')
})

test('an address under none has none, nor has one that only begins alike', () => {
  expect(nameOver('/nowhere')).toBeUndefined()
  expect(nameOver('/a/auditing')).toBeUndefined()
})
