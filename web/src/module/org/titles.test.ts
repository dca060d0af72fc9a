import { describe, expect, it } from 'vitest'
import { faultsOf, guess, headOf, toMatch } from './titles'

const head = (text: string) => headOf(new Blob([text]))
const usual = () => ['code', 'codeofunit']

describe('the head of a file', () => {
  it('is read as the server reads it', async () => {
    expect(await head('\ufeffcode, name ,kind\r\n1,"a, ""b""",station\n')).toEqual({ titles: ['code', 'name', 'kind'], first: ['1', 'a, "b"', 'station'] })
    expect(await head('a;b;c,d\n1;2;3')).toEqual({ titles: ['a', 'b', 'c,d'], first: ['1', '2', '3'] })
    expect(await head('x\t"two\nlines"')).toEqual({ titles: ['x', 'two\nlines'], first: [] })
    expect(await head('')).toEqual({ titles: [], first: [] })
  })
  it('is read as GB18030 where it is no UTF-8, and cut in the middle of a character where it is', async () => {
    expect((await headOf(new Blob([new Uint8Array([0xb4, 0xfa, 0xc2, 0xeb, 0x2c, 0x78])]))).titles).toEqual(['\u4ee3\u7801', 'x'])
    expect((await head('x,\u4ee3\n' + '\u7801'.repeat(40_000))).titles).toEqual(['x', '\u4ee3'])
  })
})

describe('columns', () => {
  const own = { titles: ['code', 'name', 'kind'], first: [] }
  const other = { titles: ['Code of_unit*', 'name', 'What', '', 'Above'], first: [] }
  it('need no match when the file calls them as we do, or has no others', () => {
    expect(toMatch(own)).toEqual([])
    expect(toMatch({ titles: ['code', 'name'], first: [] })).toEqual([])
    expect(toMatch(other)).toEqual(['code', 'kind', 'parent_code', 'sort'])
  })
  it('are guessed as they were matched before, then by usual names, each title once', () => {
    expect(guess(other, { kind: 'What', parent_code: 'gone' }, usual)).toEqual({ code: 'Code of_unit*', kind: 'What' })
    expect(guess(other, { code: 'Above' }, (c) => (c === 'parent_code' ? ['Above'] : []))).toEqual({ code: 'Above' })
  })
  it('are refused when one that must be there is not, or one is two', () => {
    expect(faultsOf(other, { code: 'Code' })).toEqual({ 'columns.code': false, 'columns.kind': 'org.column_needed', 'columns.parent_code': false, 'columns.sort': false })
    expect(faultsOf(other, { code: 'Code', kind: 'Code' })).toMatchObject({ 'columns.code': 'org.column_used_twice', 'columns.kind': 'org.column_used_twice' })
    expect(faultsOf(undefined, {})).toEqual({})
  })
})
