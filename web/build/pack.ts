import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Logger, Plugin } from 'vite'
import { entries } from './entries.ts'

const packable = /\.(html|js|mjs|css|json|svg|geojson|webmanifest|txt|wasm)$/

/** Every file below a folder, in one order everywhere. */
export function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((e) => (e.isDirectory() ? filesBelow(join(dir, e.name)) : [join(dir, e.name)]))
}

/** The hash of everything that the pages are made from. */
export function digestOfSources(root: string): string {
  const sum = createHash('sha256')
  const roots = ['src', 'public', 'build', ...entries.filter(Boolean)].map((d) => join(root, d)).filter((d) => existsSync(d))
  const single = readdirSync(root).filter((f) => /\.(html|json|ts)$|^\.npmrc$/.test(f)).sort().map((f) => join(root, f))
  for (const f of [...single, ...roots.flatMap(filesBelow)]) {
    sum.update(relative(root, f) + '\0').update(readFileSync(f)).update('\0')
  }
  return sum.digest('hex')
}

/** Puts .br and .gz in the place of each file that gets smaller by it, and says which version the pages are of. */
export function pack(version: string): Plugin {
  let out = '', root = '', log: Logger
  return {
    name: 'zhian-pack',
    apply: 'build',
    configResolved(c) {
      root = c.root
      log = c.logger
      out = join(c.root, c.build.outDir)
    },
    buildStart() {
      for (const f of existsSync(out) ? readdirSync(out) : []) if (f !== 'placeholder.html') rmSync(join(out, f), { recursive: true })
    },
    closeBundle() {
      for (const f of filesBelow(out)) {
        if (!packable.test(f) || f === join(out, 'placeholder.html')) continue
        const plain = readFileSync(f)
        writeFileSync(f + '.gz', gzipSync(plain, { level: 9 }))
        writeFileSync(f + '.br', brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }))
        rmSync(f)
      }
      writeFileSync(join(out, 'version.json'), JSON.stringify({ version, sources: digestOfSources(root) }) + '\n')
      report(out, log)
    },
  }
}

function report(out: string, log: Logger) {
  const sum = (ending: RegExp) => filesBelow(out).filter((f) => ending.test(f)).reduce((n, f) => n + statSync(f).size, 0)
  const kb = (n: number) => `${Math.round(n / 1024)} kB`
  log.info(`pages: ${kb(sum(/\.(js|css|html|json|svg)\.br$/))} br, ${kb(sum(/\.(js|css|html|json|svg)\.gz$/))} gz, fonts ${kb(sum(/\.woff2$/))}, in the program ${kb(sum(/./))}`)
}
