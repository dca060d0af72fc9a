import { describe, expect, it } from 'vitest'
import { contentOf, every, found, upTo, without } from './tree'

const tree = [{ value: 'a', label: 'bureau', hint: '3307', children: [{ value: 'b', label: 'centre', hint: '01', children: [{ value: 'c', label: 'first squad' }] }, { value: 'd', label: 'east' }] }]

describe('the tree', () => {
  it('is found by name or code, with what leads there', () => {
    expect(found(tree, 'squad')[0]!.children!.map((x) => x.value)).toEqual(['b'])
    expect(every(found(tree, ' 01 '))).toEqual(['a', 'b', 'c'])
    expect(found(tree, 'x')).toEqual([])
    expect(found(tree, '')).toBe(tree)
  })
  it('offers no place below the one that moves', () => {
    expect(every(without(tree, 'b'))).toEqual(['a', 'd'])
    expect(upTo(tree, 2)).toEqual(['a', 'b', 'd'])
  })
})

it('a file goes out as base64, byte for byte', async () => {
  expect(atob(await contentOf(new Blob([Uint8Array.of(0xef, 0xbb, 0xbf, 65, 0, 255)])))).toBe('\u00ef\u00bb\u00bfA\u0000\u00ff')
})
