import { expect, test } from 'vitest'
import { looksLikeNumber, nearTo } from './find'

const at = (id: string, lon: number, minute: number, place_key = '') => ({ id, called_at: new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString(), position: { lon, lat: 29 }, place_key })

test('what is near in place and time comes first, what is far in one of them not at all', () => {
  const me = at('me', 120, 0, 'a')
  const rows = [me, at('far', 120.1, 0), at('near', 120.001, 5), at('nearer', 120.0001, 10), at('late', 120, 150), at('same', 120.5, 1, 'a')]
  expect(nearTo(me, rows).map((r) => r.id)).toEqual(['same', 'nearer', 'near'])
  expect(nearTo({ ...me, position: undefined, place_key: '' }, rows)).toEqual([])
})

test('a number is told from the beginning of an address', () => {
  for (const n of ['J202611230418', '202611230418']) expect(looksLikeNumber(n)).toBe(true)
  for (const a of ['\u6587\u6e0a\u8def128', '128', 'Market 128000']) expect(looksLikeNumber(a)).toBe(false)
})
