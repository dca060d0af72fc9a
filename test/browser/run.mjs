// Runs the tests one after the other on one city: run.mjs [words in the names of files or tests].
import { readdirSync } from 'node:fs'
import { enterAs } from './browser.mjs'
import { lacking, setStage } from './stage.mjs'

const why = lacking()
if (why) {
  console.error(`browser tests are skipped: ${why}`)
  process.exit(0)
}
const words = process.argv.slice(2)
const here = new URL('.', import.meta.url)
const wanted = []
for (const file of readdirSync(here).filter((f) => f.endsWith('.test.mjs')).sort()) {
  const { tests } = await import(new URL(file, here))
  for (const [name, run] of Object.entries(tests)) {
    const title = `${file.replace('.test.mjs', '')}: ${name}`
    if (!words.length || words.some((w) => title.includes(w))) wanted.push({ title, run })
  }
}

/** Runs one test; returns what was wrong. */
async function perform(stage, run) {
  const windows = []
  const wrong = []
  const t = {
    ...stage,
    base: stage.city.base,
    async window(options) {
      const w = await stage.browser.window(options)
      windows.push(w)
      return w
    },
    /** A page in the hands of somebody who came in by the door. */
    async as(role, to, options) {
      const window = await t.window(options)
      return { window, page: await enterAs(window, t.base, role, to) }
    },
    /** Notes what is wrong and goes on. */
    wrong: (text) => wrong.push(text),
  }
  try {
    await run(t)
  } catch (e) {
    wrong.push(e.stack ?? String(e))
  }
  for (const w of windows) {
    wrong.push(...await w.troubles())
    await w.close()
  }
  return wrong
}

const began = Date.now()
const stage = await setStage()
let failed = 0
try {
  for (const { title, run } of wanted) {
    const from = Date.now()
    const wrong = await perform(stage, run)
    if (wrong.length) failed++
    console.log(`${wrong.length ? 'FAIL' : 'ok  '} ${title} (${((Date.now() - from) / 1000).toFixed(1)} s)`)
    for (const w of wrong) console.log(w.replaceAll(/^/gm, '     '))
  }
} finally {
  await stage.stop()
}
console.log(`${wanted.length - failed} of ${wanted.length} browser tests in ${Math.round((Date.now() - began) / 1000)} s`)
process.exitCode = failed || !wanted.length ? 1 : 0
