import { describe, expect, it } from 'vitest'
import { inOrder, pressed } from './order'

describe('the order of a table', () => {
  it('goes round: one way, the other, as it was', () => {
    const one = pressed(undefined, 'n', true)
    expect(one).toEqual({ key: 'n', down: true })
    expect(pressed(one, 'n', true)).toEqual({ key: 'n', down: false })
    expect(pressed({ key: 'n', down: false }, 'n', true)).toBeUndefined()
    expect(pressed(one, 'name', false)).toEqual({ key: 'name', down: false })
  })
  it('is by size for numbers and as a dictionary has them for texts, and leaves the rows alone', () => {
    const rows = [{ n: 9, s: '10' }, { n: 10, s: '9' }]
    expect(inOrder(rows, { key: 'n', down: true }, (r) => r.n)).toEqual([rows[1], rows[0]])
    expect(inOrder(rows, { key: 's', down: false }, (r) => r.s)).toEqual([rows[1], rows[0]])
    expect(inOrder(rows, undefined, (r) => r.n)).toBe(rows)
    expect(rows[0]!.n).toBe(9)
  })
})
