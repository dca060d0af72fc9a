import { describe, expect, it } from 'vitest'
import { fitted, longest } from './photo'

describe('a picture', () => {
  it('keeps its shape within the longest side, and is never made larger', () => {
    expect(fitted(4000, 3000)).toEqual({ width: longest, height: 1200 })
    expect(fitted(3000, 4000)).toEqual({ width: 1200, height: longest })
    expect(fitted(800, 600)).toEqual({ width: 800, height: 600 })
    expect(fitted(9000, 1)).toEqual({ width: longest, height: 1 })
  })
})
