import { expect, test } from 'vitest'
import { makeEnded, type EndedSource } from './ended'

const row = (id: string, minute: number) => ({ id, called_at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() }) as never

test('what is over comes from every way to end, the latest call first, page by page', async () => {
  const asked: Parameters<EndedSource>[0][] = []
  const e = makeEnded(async (q) => {
    asked.push(q)
    if (q.status === 'closed') return q.after ? { items: [row('a', 1)] } : { items: [row('c', 3)], next: 'p2' }
    return { items: q.status === 'withdrawn' ? [row('b', 2)] : [] }
  }, () => Date.UTC(2026, 0, 1, 12))
  await e.load()
  expect(e.list.value.map((r) => r.id)).toEqual(['c', 'b'])
  expect(asked.map((q) => q.status)).toEqual(['closed', 'withdrawn', 'merged', 'transferred'])
  expect(asked[0]!.from).toBe('2025-12-31T12:00:00.000Z')
  expect(e.more.value).toBe(true)
  await e.onward()
  expect(e.list.value.map((r) => r.id)).toEqual(['c', 'b', 'a'])
  expect(e.more.value).toBe(false)
  expect(asked).toHaveLength(5)
})

test('a number is looked for as a whole however old, an address by its beginning; a failure keeps the list', async () => {
  const asked: Parameters<EndedSource>[0][] = []
  let broken = false
  const e = makeEnded(async (q) => {
    asked.push(q)
    if (broken) throw new Error('away')
    return { items: [row('a', 1)] }
  })
  await e.load('J202601010001')
  expect(asked).toEqual([{ number: 'J202601010001', limit: 100 }])
  await e.load(' Market ')
  expect(asked[1]).toMatchObject({ text: 'Market', from: undefined })
  broken = true
  await e.load('x')
  expect(e.state.value).toBe('failed')
  expect(e.list.value).toHaveLength(1)
})
