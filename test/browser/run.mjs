// Runs the tests, each file's on one city, in as many lanes as there are cores, four at most:
// run.mjs [words in the names of files or tests].
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { enterAs } from './browser.mjs'
import { lacking, setStage } from './stage.mjs'

const why = lacking()
if (why) {
  console.error(`browser tests are skipped: ${why}`)
  process.exit(0)
}
const words = process.argv.slice(2)
const here = new URL('.', import.meta.url)
const files = []
for (const file of readdirSync(here).filter((f) => f.endsWith('.test.mjs')).sort()) {
  const { tests } = await import(new URL(file, here))
  const wanted = Object.entries(tests).map(([name, run]) => ({ title: `${file.replace('.test.mjs', '')}: ${name}`, run }))
    .filter(({ title }) => !words.length || words.some((w) => title.includes(w)))
  if (wanted.length) files.push(wanted)
}
files.sort((a, b) => b.length - a.length) // what lasts longest first, so that no lane waits for another

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
const count = { all: 0, failed: 0 }
async function lane(stage) {
  for (let tests; (tests = files.shift());) {
    for (const { title, run } of tests) {
      const from = Date.now()
      const wrong = await perform(stage, run)
      count.all++
      if (wrong.length) count.failed++
      console.log(`${wrong.length ? 'FAIL' : 'ok  '} ${title} (${((Date.now() - from) / 1000).toFixed(1)} s)`)
      for (const w of wrong) console.log(w.replaceAll(/^/gm, '     '))
    }
  }
}
const stages = []
try {
  const lanes = Math.min(files.length, availableParallelism(), 4)
  while (stages.length < lanes) stages.push(await setStage())
  await Promise.all(stages.map(lane))
} finally {
  for (const s of stages) await s.stop()
}
console.log(`${count.all - count.failed} of ${count.all} browser tests in ${Math.round((Date.now() - began) / 1000)} s`)
process.exitCode = count.failed || !count.all ? 1 : 0
