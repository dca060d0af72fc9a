import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { check, keysIn, type Result } from './check'

interface Vector { key: string; whole: string; selected: string }
const [standard, gm] = JSON.parse(readFileSync(join(import.meta.dirname, '../../../platform/ledger/testdata/vectors.json'), 'utf8')) as [Vector, Vector]
const file = (text: string) => new Blob([text])

it('checks a file against the key that somebody has, and against an earlier file', async () => {
  const whole = (await check(file(standard.whole), ` ${standard.key}\n`, file(standard.selected))) as Result
  expect([whole.holds, whole.report.covered, whole.report.ownKeys, whole.prints.length]).toEqual([true, 20, false, 1])
  const other = (await check(file(standard.selected), gm.key)) as Result
  expect(other.holds).toBe(false)
  const own = (await check(file(standard.selected), '')) as Result
  expect([own.holds, own.report.ownKeys]).toEqual([true, true])
})

it('says what is no key, no file, no earlier file', async () => {
  expect(await check(file(standard.whole), standard.key.slice(0, -3))).toBe('no_key')
  expect(await check(file('hello'), '')).toBe('no_bundle')
  expect(await check(file(''), '')).toBe('no_bundle')
  expect(await check(file(standard.whole), standard.key, file('hello'))).toBe('anchor')
  expect(await check(file(standard.whole), standard.key, file(gm.whole))).toBe('anchor')
  expect(await keysIn('')).toEqual([])
})
