import { expect, test } from 'vitest'
import { shortName } from './orgs'

test('a short name lacks what stands in brackets at the end, and is never empty', () => {
  expect(shortName('North station (demo)')).toBe('North station')
  expect(shortName('\u57ce\u5317\u6240\uff08\u6f14\u793a\uff09')).toBe('\u57ce\u5317\u6240')
  expect(shortName('A (b) c')).toBe('A (b) c')
  expect(shortName('(demo)')).toBe('(demo)')
  expect(shortName('')).toBe('')
})
