import css from './tokens.css?raw'
import { expect, test, describe } from 'vitest'
import { contrast, distance, visions, type Vision } from './colour'


/** The variables of one theme. */
function theme(name: string): Record<string, string> {
  const block = css.match(new RegExp(`\\[data-theme='${name}'\\] \\{([^}]*)\\}`))![1]!
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1]!, m[2]!.trim()]))
}

const themes = ['light', 'dark', 'screen'] as const
const states = ['red', 'yellow', 'green'] as const
const pairs = [['red', 'yellow'], ['red', 'green'], ['yellow', 'green']] as const

/** The least distance of the three states over all four kinds of sight. */
function apart(t: Record<string, string>, suffix: string): number {
  return Math.min(...(Object.keys(visions) as Vision[]).flatMap((v) => pairs.map(([a, b]) => distance(t[a + suffix]!, t[b + suffix]!, v))))
}

describe.each(themes)('theme %s', (name) => {
  const t = theme(name)
  test('text can be read on every ground', () => {
    for (const ground of ['bg', 'surface', 'raised', 'sunken']) {
      expect(contrast(t.text!, t[ground]!), `text on ${ground}`).toBeGreaterThanOrEqual(7)
      expect(contrast(t.text2!, t[ground]!), `text2 on ${ground}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(t.text3!, t[ground]!), `text3 on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })
  test('states can be read on the surface and on their tint', () => {
    for (const s of states) {
      expect(contrast(t[s]!, t.surface!), s).toBeGreaterThanOrEqual(4.5)
      expect(contrast(t[s]!, t[s + '-soft']!), `${s} on its tint`).toBeGreaterThanOrEqual(4.6)
    }
  })
  test('the primary colour', () => {
    expect(contrast(t.primary!, t.surface!)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(t.primary!, t['primary-soft']!)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(t['on-primary']!, t.primary!)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(t['on-primary']!, t['primary-hover']!)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(t.focus!, t.surface!)).toBeGreaterThanOrEqual(3)
  })
  test('edges of controls and lines of charts stand out', () => {
    expect(contrast(t['border-strong']!, t.surface!)).toBeGreaterThanOrEqual(3)
    for (const c of ['c1', 'c2', 'c3', 'c4', 'c5']) expect(contrast(t[c]!, t.surface!), c).toBeGreaterThanOrEqual(name === 'light' ? 3 : 4.8)
    expect(contrast(t['yellow-edge']!, t.surface!), 'yellow edge').toBeGreaterThanOrEqual(3)
  })
  test('the three states stay three for every kind of sight', () => {
    expect(apart(t, '-fill')).toBeGreaterThanOrEqual({ light: 15, dark: 14, screen: 15 }[name])
    if (name !== 'light') expect(apart(t, '')).toBeGreaterThanOrEqual(12)
  })
})

test('the arithmetic agrees with known values', () => {
  expect(contrast('#000000', '#FFFFFF')).toBeCloseTo(21, 5)
  expect(contrast('#142033', '#FFFFFF')).toBeCloseTo(16.4, 1)
  expect(distance('#FF7A70', '#4FD08A', 'deutan')).toBeCloseTo(4, 0) // a pair that collapses
  expect(distance('#123456', '#123456', 'tritan')).toBe(0)
  expect(apart(theme('light'), '-fill')).toBeCloseTo(15.5, 1)
  expect(apart(theme('dark'), '')).toBeCloseTo(14.1, 1)
  expect(apart(theme('screen'), '')).toBeCloseTo(15.1, 1)
})

test('every theme knows the same tokens', () => {
  const names = themes.map((n) => Object.keys(theme(n)).sort().join())
  expect(new Set(names).size).toBe(1)
})
