import { describe, expect, it } from 'vitest'
import { reached } from './worker'

const chunk = (fileName: string, imports: string[] = [], dynamicImports: string[] = [], css: string[] = []) => ({ type: 'chunk' as const, fileName, imports, dynamicImports, viteMetadata: { importedCss: new Set(css), importedAssets: new Set<string>() } })

describe('what the handset keeps for when there is no network', () => {
  it('is all that its entry loads, at once or later, and nothing of another', () => {
    const all = [chunk('m.js', ['vue.js'], ['en.js'], ['m.css']), chunk('vue.js', ['run.js']), chunk('run.js', ['vue.js']), chunk('en.js', [], [], ['en.css']), chunk('console.js', ['vue.js', 'map.js']), chunk('map.js')]
    expect([...reached(new Map(all.map((c) => [c.fileName, c])), 'm.js')].sort()).toEqual(['en.css', 'en.js', 'm.css', 'm.js', 'run.js', 'vue.js'])
  })
})
