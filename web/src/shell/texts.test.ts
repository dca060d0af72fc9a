import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { byRoom } from './i18n'
import { elsewhere, pages as own, titleOf } from './pages'

const pages = [...own, ...elsewhere]

type Files = Record<string, Record<string, unknown>>
const zh = flat(byRoom(import.meta.glob<Files[string]>(['/src/**/locale/zh-CN.json', '!/src/gallery/**'], { eager: true, import: 'default' })))
const en = flat(byRoom(import.meta.glob<Files[string]>(['/src/**/locale/en.json', '!/src/gallery/**'], { eager: true, import: 'default' })))

function flat(o: Record<string, unknown>, at = ''): Map<string, string> {
  return new Map(Object.entries(o).flatMap(([k, v]) => (typeof v === 'object' && v ? [...flat(v as Record<string, unknown>, `${at}${k}.`)] : [[`${at}${k}`, String(v)] as const])))
}
const params = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

const src = join(import.meta.dirname, '..')
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((f) => /\.(vue|ts)$/.test(f) && !/^gallery|\.test\.ts$|api\.d\.ts$/.test(f))
  .map((f) => [f, readFileSync(join(src, f), 'utf8')] as const)

describe('texts', () => {
  it('has every key in both languages, with the same parameters and words', () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort())
    for (const [key, text] of zh) {
      expect(params(text), key).toEqual(params(en.get(key)!))
      expect(text.trim() && en.get(key)!.trim(), key).not.toBe('')
    }
  })
  it('has every key that a page names outright', () => {
    const named = sources.flatMap(([f, text]) => [...text.matchAll(/\bt\('([a-z]\w*(?:\.\w+)+)'/g)].map((m) => [f, m[1]!] as const))
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter(([, key]) => !zh.has(key))).toEqual([])
  })
  it('has no key that no page names: outright, or by a beginning to which what it knows of is added', () => {
    const all = sources.map(([, text]) => text).join('\n')
    const quoted = new Set([...all.matchAll(/'(\w+)'/g), ...all.matchAll(/\b(\w+):/g)].map((m) => m[1]!))
    const whole = new Set([...all.matchAll(/['"]([a-z]\w*(?:\.\w+)+)['"]/g)].map((m) => m[1]!))
    const built = [...all.matchAll(/'([a-z]\w*\.[\w.]*)' ?\+/g), ...all.matchAll(/`([a-z]\w*\.[\w.]*)\$\{[^}]*\}([\w.]*)/g)].map((m) => [m[1]!, m[2]?.replace(/\.$/, '') ?? ''] as const)
    /** A beginning that is a room alone would do for all of its keys: what is added must be known too. */
    const added = (key: string, begin: string, end: string) => /^\w+\.$/.test(begin) ? quoted.has(key.slice(begin.length).split('.')[0]!.replace(new RegExp(`${end}$`), '')) : key[begin.length] !== '_'
    const uses = (key: string) => whole.has(key) || built.some(([begin, end]) => key.startsWith(begin) && key.endsWith(end) && added(key, begin, end))
    const byServer = /^\w+\.fault\./ // the stable keys of its refusals
    const byPages = new Set(pages.map(titleOf))
    expect([...zh.keys()].filter((key) => !uses(key) && !byServer.test(key) && !byPages.has(key))).toEqual([])
  })
  it('stands in the catalogues alone', () => {
    const own = /\u4e2d\u6587/g // a language is called by its own name everywhere
    expect(sources.filter(([, text]) => /\p{Script=Han}/u.test(text.replaceAll(own, ''))).map(([f]) => f)).toEqual(['ui/dates.ts']) // which reads days as they are written here
  })
  it('writes the marks of a language in the catalogues alone', () => {
    const readsOrRecords = ['map/pin.ts', 'module/incident/intake/draft.ts', 'module/incident/intake/read.ts', 'module/pace/definition.ts', 'ui/dates.ts'] // what people type, and the lines of a record
    expect(sources.filter(([, text]) => /[\u3000-\u303f\uff00-\uffef]/.test(text)).map(([f]) => f).sort()).toEqual(readsOrRecords)
    expect([...en].filter(([, text]) => /[\u3000-\u303f\uff00-\uffef]/.test(text))).toEqual([])
  })
  it('calls nothing in English by a Chinese name', () => {
    const han = [...en].filter(([, text]) => /\p{Script=Han}/u.test(text)).map(([key]) => key)
    expect(han).toEqual(['shell.do.language'])
  })
})

describe('pages', () => {
  it('has a title, an address and a name of its own for each', () => {
    expect(pages.filter((p) => !zh.has(titleOf(p))).map(titleOf)).toEqual([])
    for (const what of ['path', 'name', 'go'] as const) {
      const all = pages.flatMap((p) => p[what] ?? [])
      expect(all, what).toEqual([...new Set(all)])
    }
  })
  it('has an icon wherever the navigation shows it, and is open to nobody by mistake', () => {
    expect(pages.filter((p) => p.area && !p.icon).map((p) => p.name)).toEqual([])
    expect(pages.filter((p) => !p.open && !p.permission).map((p) => p.name)).toEqual(['me', 'missing'])
  })
})
