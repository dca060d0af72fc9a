import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

interface Chunk { type: 'chunk'; fileName: string; imports: string[]; dynamicImports: string[]; viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> } }

/** All that an entry loads at once or later. */
export function reached(chunks: Map<string, Chunk>, from: string, seen = new Set<string>()): Set<string> {
  const c = chunks.get(from)
  if (!c || seen.has(from)) return seen
  seen.add(from)
  for (const f of [...(c.viteMetadata?.importedCss ?? []), ...(c.viteMetadata?.importedAssets ?? [])]) seen.add(f)
  for (const f of [...c.imports, ...c.dynamicImports]) reached(chunks, f, seen)
  return seen
}

/** Writes an entry's service worker, which keeps all that the entry loads. */
export function worker(entry: string, source: string, beside: string[]): Plugin {
  let root = ''
  return {
    name: 'zhian-worker',
    apply: 'build',
    configResolved(c) { root = c.root },
    generateBundle(_, bundle) {
      const all = Object.values(bundle) as unknown as (Chunk & { isEntry?: boolean; facadeModuleId?: string | null })[]
      const chunks = new Map(all.filter((c) => c.type === 'chunk').map((c) => [c.fileName, c as Chunk]))
      const start = all.find((c) => c.type === 'chunk' && c.isEntry && c.facadeModuleId === join(root, entry, 'index.html'))
      if (!start) return
      const files = [`/${entry}/`, ...beside, ...[...reached(chunks, start.fileName)].map((f) => '/' + f)].sort()
      const own = readFileSync(join(root, source), 'utf8')
      const page = readFileSync(join(root, entry, 'index.html'), 'utf8')
      const version = createHash('sha256').update(files.join() + own + page + beside.map((f) => readFileSync(join(root, 'public', f), 'utf8')).join()).digest('hex').slice(0, 16)
      this.emitFile({ type: 'asset', fileName: `${entry}/sw.js`, source: own.replace("'VERSION'", `'${version}'`).replace(/\bFILES$/m, JSON.stringify(files)) })
    },
  }
}
