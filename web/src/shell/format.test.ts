import { describe, expect, it } from 'vitest'
import { formats } from './format'

describe('a list', () => {
  it('is written with the marks of its language, and with no word between', () => {
    expect(formats('en').list(['A1', 'A2', 'A3'])).toBe('A1, A2, A3')
    expect(formats('zh-CN').list(['A1', 'A2', 'A3'])).toBe('A1\u3001A2\u3001A3')
    expect(['zh-CN', 'en'].map((l) => formats(l as 'en').list(['A1']))).toEqual(['A1', 'A1'])
    expect(formats('en').list([])).toBe('')
  })
})
