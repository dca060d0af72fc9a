// Every edge of the state machines is clicked through: the lists are made by the rules' own tests
// (module/*/testdata/edges.txt); what no journey here has taken is told, and fails.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, startCity } from './house.mjs'
import { settled } from './stage.mjs'

const edgesOf = (file) => readFileSync(join(root, file), 'utf8').trim().split('\n')

/** What every verb's form is answered with, after its button was pressed. */
const answers = {
  close: async (d) => { await d.getByRole('radio').first().click() },
  reopen: (d) => usual(d), withdraw: (d) => usual(d), unassign: (d) => usual(d),
  transfer: async (d) => {
    await d.getByRole('textbox').first().fill('邻县指挥中心')
    await usual(d)
  },
  merge: async (d, target) => {
    await d.getByRole('textbox').first().fill(target)
    await d.getByRole('radio').filter({ hasText: target }).click()
  },
}
const usual = async (d) => { await d.getByRole('group').getByRole('button').first().click() }
const words = { close: '办结', reopen: '重新受理', withdraw: '撤销警情', unassign: '撤下警力', transfer: '移交', merge: '合并' }

/** A dispatcher at an incident in a city that is ten times slower than the hand: its crews are not there yet. */
async function desk(t, base) {
  const window = await t.window()
  const entered = await window.context.request.post(base + '/v1/demo/login', { data: { role: 'dispatcher', cookie: true } })
  assert.ok(entered.ok(), await entered.text())
  const page = await window.open(base + '/c')
  const taken = new Set()
  const read = async (path) => (await window.context.request.get(base + path)).json()
  let id
  let was
  const units = []

  const standing = (a) => (a.withdrawn ? 'withdrawn' : a.state)
  function note(now) {
    if (was.status !== now.status) taken.add(`incident ${was.status} ${now.status}`)
    for (const [i, a] of now.assignments.entries()) {
      const from = was.assignments[i] ? standing(was.assignments[i]) : 'none'
      if (from !== standing(a)) taken.add(`assignment ${from} ${standing(a)}`)
    }
    was = now
  }
  /** Waits until the server has done what was clicked. */
  async function done(what) {
    for (let n = 0; n < 200; n++) {
      const now = await read(`/v1/incidents/${id}`)
      if (now.entry_count !== was.entry_count || now.version !== was.version) return note(now)
      await new Promise((next) => setTimeout(next, 25))
    }
    throw new Error(`${what} did nothing at ${was.status}: ${await page.locator('[role=dialog], .toast').allInnerTexts()}`)
  }
  const row = (n) => page.locator('section[aria-label="派警单"] li').filter({ has: page.locator('b', { hasText: units[n] }) }).last()

  return {
    taken,
    async open(more = {}) {
      const free = (await read('/v1/units?limit=500')).items.find((u) => u.state === 'available' && u.crew.length && u.last_fix)
      const answer = await window.context.request.post(base + '/v1/incidents', { data: { kind_code: '4', address: '', position: { lat: free.last_fix.lat + 0.002, lon: free.last_fix.lon, datum: 'wgs84' }, ...more } })
      id = (await answer.json()).id
      was = await read(`/v1/incidents/${id}`)
      units.length = 0
      await page.goto(`${base}/c/i/${id}`)
      await settled(page)
      await page.locator('.candidates li').first().waitFor()
      return was
    },
    /** Sends the first or the second unit that is proposed; again: the same. */
    async send(n = 0) {
      const lines = page.locator('.candidates li')
      const line = units[n] ? lines.filter({ has: page.locator('b', { hasText: units[n] }) }) : lines.first()
      units[n] ??= (await line.locator('.who b').innerText()).trim()
      await line.getByRole('button').click()
      const asked = page.getByRole('dialog')
      await Promise.race([done('dispatch'), asked.waitFor().then(async () => {
        await usual(asked)
        await asked.getByRole('button', { name: /^派警/ }).click()
      })])
      if (was.entry_count !== (await read(`/v1/incidents/${id}`)).entry_count) await done('dispatch')
    },
    async reserve(n = 0) {
      const line = page.locator('.candidates li').first()
      units[n] = (await line.locator('.who b').innerText()).trim()
      await line.getByRole('checkbox').click()
      await page.locator('.candidates').getByRole('button', { name: '预派' }).click()
      await done('reserve')
    },
    async sendReserved(n = 0) {
      await row(n).getByRole('button', { name: '派出' }).click()
      await done('send what was reserved')
    },
    /** Records a step of a unit by radio. */
    async step(name, n = 0) {
      await row(n).getByRole('button', { name: /更多操作/ }).click()
      await page.getByRole('menuitem', { name: { acknowledged: '代签收', en_route: '代报出警', on_scene: '代报到场', cleared: '代报离场' }[name] }).click()
      await done(name)
    },
    async takeOff(n = 0) {
      await row(n).getByRole('button', { name: /更多操作/ }).click()
      await page.getByRole('menuitem', { name: words.unassign }).click()
      const d = page.getByRole('dialog')
      await answers.unassign(d)
      await d.getByRole('button', { name: new RegExp('^' + words.unassign) }).click()
      await done('unassign')
    },
    async act(verb, target) {
      const button = page.locator('.actions').getByRole('button', { name: new RegExp('^' + words[verb]) })
      if (await button.count()) await button.first().click()
      else {
        await page.locator('.actions').getByRole('button', { name: /更多/ }).click()
        await page.getByRole('menuitem', { name: words[verb] }).click()
      }
      const d = page.getByRole('dialog')
      await answers[verb](d, target)
      await d.getByRole('button', { name: new RegExp('^' + words[verb]) }).click()
      await done(verb)
    },
  }
}

const steps = { dispatched: [], acknowledged: ['acknowledged'], en_route: ['en_route'], on_scene: ['on_scene'] }

export const tests = {
  'every edge of an incident and of its assignments is clicked through': async (t) => {
    const city = await startCity({ speed: 0.1 })
    try {
      const d = await desk(t, city.base)
      // One unit: forward in every way, ended from every status, taken up again.
      await d.open()
      for (const verb of ['close', 'withdraw']) {
        await d.act(verb)
        await d.act('reopen')
        for (const way of [[], ['acknowledged'], ['en_route'], ['on_scene']]) {
          await d.send()
          for (const s of way) await d.step(s)
          await d.act(verb)
          await d.act('reopen')
        }
      }
      for (const way of [[], ['acknowledged'], ['acknowledged', 'en_route'], ['acknowledged', 'on_scene'], ['en_route', 'on_scene']]) {
        await d.send()
        for (const s of way) await d.step(s)
        await d.takeOff()
      }
      await d.reserve()
      await d.takeOff()
      await d.reserve()
      await d.sendReserved()
      await d.act('close')
      // Two units: the one that is further is taken off, and the other says where the incident stands.
      await d.open()
      await d.send(1)
      for (const behind of ['dispatched', 'acknowledged', 'en_route']) {
        for (const s of steps[behind]) await d.step(s, 1)
        for (const ahead of ['acknowledged', 'en_route', 'on_scene'].slice(['dispatched', 'acknowledged', 'en_route'].indexOf(behind))) {
          await d.send(0)
          await d.step(ahead, 0)
          await d.takeOff(0)
        }
      }
      await d.act('close')
      // A neighbour's call: handed over from every status after its unit has left, and taken up again.
      await d.open({ position: { lat: 27.2, lon: 120.3, datum: 'wgs84' } })
      await d.act('transfer')
      await d.act('reopen')
      for (const far of Object.values(steps)) {
        await d.send()
        for (const s of far) await d.step(s)
        await d.step('cleared')
        await d.act('transfer')
        await d.act('reopen')
      }
      await d.act('withdraw')
      // Merged from every status.
      const target = (await d.open()).number
      for (const far of [undefined, ...Object.values(steps)]) {
        await d.open()
        if (far) {
          await d.send()
          for (const s of [...far, 'cleared']) await d.step(s)
        }
        await d.act('merge', target)
      }
      const wanted = edgesOf('module/incident/testdata/edges.txt')
      const left = wanted.filter((e) => !d.taken.has(e))
      console.log(`     ${wanted.length - left.length} of ${wanted.length} edges of incidents and assignments`)
      for (const e of left) t.wrong(`no journey takes the edge: ${e}`)
      assert.deepEqual([...d.taken].filter((e) => !wanted.includes(e)), [], 'edges that the rules do not know')
    } finally {
      await city.stop()
    }
  },
}
