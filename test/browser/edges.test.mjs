// Every edge of the state machines of an incident, its assignments and the deliveries to their crews is clicked
// through. The lists are made by the rules' own tests (module/*/testdata/edges.txt). What was taken is read from the
// server's records: of an incident from what it was and is between entries that only who clicks has made, of a delivery
// from its times. A centre without a city: nobody else acts, and nothing must be waited for.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, startCentre } from './house.mjs'
import { settled } from './stage.mjs'

const wanted = ['incident', 'notify'].flatMap((m) => readFileSync(join(root, `module/${m}/testdata/edges.txt`), 'utf8').trim().split('\n'))

/** Nobody is asked again here, and what nobody fetched is over after seconds instead of half a day. */
const expiresAfter = 25
const ladders = `class,after_s,audience,channels
dispatch,0,named,handset
dispatch,${expiresAfter},nothing,
reminder,0,named,handset inapp
notice,0,named,inapp
`
const desks = [['A1', 'A2'], ['B1', 'B2'], ['C1', 'C2']] // the units that each works with
const words = {
  close: '办结', reopen: '重新受理', withdraw: '撤销警情', unassign: '撤下警力', transfer: '移交', merge: '合并',
  acknowledged: '代签收', en_route: '代报出警', on_scene: '代报到场', cleared: '代报离场',
  status: { received: '待派警', dispatched: '待签收', acknowledged: '已签收', en_route: '出警中', on_scene: '已到场', closed: '已办结', withdrawn: '已撤销', transferred: '已移交' },
  step: { reserved: '预派', dispatched: '待签收', acknowledged: '已签收', en_route: '出警中', on_scene: '已到场', cleared: '已离场', withdrawn: '已撤下' },
}
const outside = { lat: 28.9, lon: 120.03, datum: 'wgs84' } // no area is drawn: every point is the neighbour's

async function until(what, ask, within = 30_000) {
  for (const end = Date.now() + within; ;) {
    const v = await ask()
    if (v) return v
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`)
    await new Promise((go) => setTimeout(go, 40))
  }
}

/** Units and crews of a centre, and somebody who prepares what others then click. */
async function peopled(centre) {
  const token = await centre.enter((await centre.hire('bella', 'command_centre')).login)
  const read = (path) => centre.ask(path, undefined, token)
  const post = (path, body) => centre.ask(path, body, token)
  const crews = {}
  await Promise.all([...desks.flat(), 'H1', 'H2', 'H3', 'H4'].map(async (sign) => {
    const officer = await centre.hire('officer-' + sign.toLowerCase(), 'officer')
    const unit = await centre.ask('/v1/units', { call_sign: sign, kind: 'car', org_id: centre.org }, centre.system)
    await post(`/v1/units/${unit.id}/duty`, { user_id: officer.id })
    crews[sign] = { unit: unit.id, officer }
  }))
  let calls = 0
  const call = (more) => post('/v1/incidents', { kind_code: '4', address: `Market Street ${++calls}`, narrative: `call ${calls}`, ...more })
  return { ...centre, read, post, crews, call }
}

/** A map costs more than everything else here, and nothing is done on it: a plan stands in. */
function noMap() {
  const get = HTMLCanvasElement.prototype.getContext
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : get.call(this, kind, ...more) }
}

/** A dispatcher at the console. */
async function deskOf(t, centre) {
  const window = await t.window({ offscreen: [noMap] })
  const entered = await window.context.request.post(centre.base + '/v1/login', { data: centre.login })
  assert.ok(entered.ok(), await entered.text())
  const page = await window.open(centre.base + '/c')
  await settled(page)
  const list = page.locator('section[aria-label="派警单"] li')
  const row = (sign) => list.filter({ has: page.locator('b', { hasText: sign }) }).last()
  /** The line of a unit among all that are proposed: the first few change while others work. */
  async function candidate(sign) {
    const lines = page.locator('.candidates li')
    const all = page.locator('.candidates').getByRole('button', { name: /更多警力/ })
    await lines.first().waitFor()
    if (await all.count()) await all.click()
    return lines.filter({ has: page.locator('.who b', { hasText: sign }) })
  }
  const dialog = page.getByRole('dialog')
  const fromMenu = async (opener, text) => {
    await opener.click()
    await page.getByRole('menuitem', { name: text }).click()
  }
  /** Gives one of the usual reasons and sends. */
  const because = async (text) => {
    await dialog.locator('.usual button').first().click()
    await dialog.getByRole('button', { name: new RegExp('^' + text) }).click()
  }
  return {
    page,
    /** Opens an incident from the queue. */
    async open(i) {
      await page.locator('[role="option"]').filter({ hasText: i.address }).first().click()
      await page.locator('.detail .no', { hasText: i.number }).waitFor()
    },
    /** Resolves when the page shows what the server has. */
    async shows(i) {
      const standing = i.assignments.map((a) => words.step[a.withdrawn ? 'withdrawn' : a.state])
      await until(`${i.number} is shown ${i.status}`, async () => {
        const status = await page.locator('.detail .chips').innerText()
        const rows = await list.locator('.who .chip').allInnerTexts()
        return status.includes(words.status[i.status]) && rows.join() === standing.join()
      })
    },
    async send(sign) { await (await candidate(sign)).getByRole('button').click() },
    async reserve(sign) {
      await (await candidate(sign)).getByRole('checkbox').click()
      await page.locator('.candidates').getByRole('button', { name: '预派' }).click()
    },
    sendReserved: (sign) => row(sign).getByRole('button', { name: '派出' }).click(),
    step: (sign, name) => fromMenu(row(sign).getByRole('button', { name: /的更多操作/ }), words[name]),
    async unassign(sign) {
      await fromMenu(row(sign).getByRole('button', { name: /的更多操作/ }), words.unassign)
      await because(words.unassign)
    },
    async close() {
      await page.locator('.actions button', { hasText: words.close }).click()
      await dialog.getByRole('radio').first().click()
      await dialog.getByRole('button', { name: /^办结/ }).click()
    },
    async reopen() {
      await page.locator('.actions button', { hasText: words.reopen }).click()
      await because(words.reopen)
    },
    async rare(verb, fill = async () => undefined) {
      await fromMenu(page.locator('.actions button', { hasText: '更多' }), words[verb])
      await fill(dialog)
      await because(words[verb])
    },
    withdraw() { return this.rare('withdraw') },
    transfer() { return this.rare('transfer', (d) => d.getByRole('textbox').first().fill('Dongyang centre, Li')) },
    merge(into) {
      return this.rare('merge', async (d) => {
        await d.getByRole('textbox').first().fill(into.number)
        await d.getByRole('radio').filter({ hasText: into.number }).click()
      })
    },
  }
}

const standing = (a) => (a.withdrawn ? 'withdrawn' : a.state)

/** One incident at a desk: what is prepared is not counted, what is clicked is. */
async function workAt(centre, desk, [unit, second], taken, more) {
  const fresh = await centre.call(more)
  const path = `/v1/incidents/${fresh.id}`
  let was = await centre.read(path)
  await desk.open(was)
  /** Counts what a click has made of the incident, if who clicked has made it. */
  async function note(now) {
    const { items } = await centre.read(`${path}/timeline?limit=1000`)
    for (const e of items.filter((x) => x.seq > was.entry_count && !x.kind.startsWith('push_'))) assert.equal(e.by, centre.anna.id, `${e.kind} of ${now.number} was not clicked`)
    if (was.status !== now.status) taken.add(`incident ${was.status} ${now.status}`)
    for (const [n, a] of now.assignments.entries()) {
      const from = was.assignments[n] ? standing(was.assignments[n]) : 'none'
      if (from !== standing(a)) taken.add(`assignment ${from} ${standing(a)}`)
    }
    was = now
  }
  const on = {
    unit, second,
    /** Prepares: by a colleague, beside the page. */
    async made(verb, body) {
      was = await centre.post(`${path}/${verb}`, body)
      was = await centre.read(path)
    },
    sent: (sign) => on.made('dispatch', { unit_ids: [centre.crews[sign].unit] }),
    stood: (sign, step) => on.made('advance', { unit_id: centre.crews[sign].unit, step }),
    reopened: () => on.made('reopen', { reason: 'more to click' }),
    /** Clicks, when the page shows what there is, and waits for what the server makes of it. */
    async click(verb, ...args) {
      if (was.status !== 'merged') await desk.shows(was)
      await desk[verb](...args)
      await note(await until(`${verb} ${args.filter((a) => typeof a === 'string')} at ${was.status}`, async () => {
        const now = await centre.read(path)
        return now.status !== was.status || now.assignments.map(standing).join() !== was.assignments.map(standing).join() ? now : undefined
      }))
    },
  }
  return on
}

const steps = ['dispatched', 'acknowledged', 'en_route', 'on_scene']
/** A unit that stands somewhere, prepared. */
async function at(on, sign, step) {
  await on.sent(sign)
  if (step !== 'dispatched') await on.stood(sign, step)
}

/** Everything that a dispatcher can do with an incident, a journey each. */
const atTheConsole = {
  'one unit is booked, sent, goes forward in every way, and is taken off from everywhere': async (open) => {
    const one = await open()
    await one.click('reserve', one.unit)
    await one.click('unassign', one.unit)
    await one.click('reserve', one.unit)
    await one.click('sendReserved', one.unit)
    await one.click('unassign', one.unit)
    await one.click('send', one.unit)
    for (const step of steps.slice(1)) {
      await one.click('step', one.unit, step)
      await one.click('unassign', one.unit)
      await one.sent(one.unit)
    }
    for (const step of steps.slice(1)) await one.click('step', one.unit, step)
    await one.click('unassign', one.unit)
    await at(one, one.unit, 'acknowledged')
    await one.click('step', one.unit, 'on_scene')
    await one.click('step', one.unit, 'cleared')
    await one.made('withdraw', { reason: 'over' })
  },
  'one is ended from everywhere, and taken up again': async (open) => {
    const one = await open()
    for (const verb of ['close', 'withdraw']) {
      await one.click(verb)
      await one.click('reopen')
      for (const step of steps) {
        await at(one, one.unit, step)
        await one.click(verb)
        await one.reopened()
      }
    }
    await one.made('withdraw', { reason: 'over' })
  },
  'of two units the one that is further is taken off: the other says where the incident stands': async (open) => {
    const one = await open()
    for (const [n, behind] of steps.slice(0, 3).entries()) {
      if (n === 0) await one.sent(one.second)
      else await one.stood(one.second, behind)
      for (const ahead of steps.slice(n + 1)) {
        await at(one, one.unit, ahead)
        await one.click('unassign', one.unit)
      }
    }
    await one.made('withdraw', { reason: 'over' })
  },
  'a call of the neighbour is handed over from everywhere when its unit has left, and taken up again': async (open) => {
    const one = await open({ position: outside })
    await one.click('transfer')
    await one.click('reopen')
    for (const step of steps) {
      await at(one, one.unit, step)
      await one.stood(one.unit, 'cleared')
      await one.click('transfer')
      await one.reopened()
    }
    await one.made('withdraw', { reason: 'over' })
  },
  'one is merged from everywhere when its unit has left': async (open, centre) => {
    const target = await centre.call()
    for (const step of [undefined, ...steps]) {
      const one = await open()
      if (step) {
        await at(one, one.unit, step)
        await one.stood(one.unit, 'cleared')
      }
      await one.click('merge', target)
    }
  },
}

/** A handset in an officer's hand. What its network loses, and whether it has a line: as the test says. */
async function handOf(t, centre, { officer }, { line = true } = {}) {
  const window = await t.window({ size: 'hand', theme: 'light' })
  for (const re of [/401 .*\/v1\/me$/, /404 .*\/v1\/pace\//, /ERR_FAILED/, /WebSocket/]) window.allow(re)
  const h = { lost: [] }
  await window.context.route('**/v1/inbox/marks', (route) => (h.lost.includes(route.request().postDataJSON().to) ? route.abort() : route.fallback()))
  if (!line) await window.context.routeWebSocket(/\/v1\/live/, (ws) => ws.close())
  const page = await window.open(`${centre.base}/m/#me`)
  await page.locator('#login').fill(officer.login)
  await page.locator('#password').fill(officer.password)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('link', { name: '警情' }).waitFor()
  /** Looks elsewhere, so that what comes is not opened by itself. */
  h.away = () => page.getByRole('link', { name: '我的' }).click()
  h.look = async (i) => {
    await page.getByRole('link', { name: '警情' }).click()
    const heading = page.getByRole('heading', { name: i.narrative })
    await heading.or(page.getByRole('link', { name: new RegExp(i.narrative) })).first().waitFor()
    if (!(await heading.count())) await page.getByRole('link', { name: new RegExp(i.narrative) }).click()
    await heading.waitFor()
  }
  h.press = () => page.getByRole('button', { name: '签收' }).click()
  h.fetch = () => page.reload()
  return h
}

/** What was sent to crews by clicks: there is one desk, and many hands. */
function pusher(centre, desk) {
  const told = []
  let turn = Promise.resolve()
  const delivery = async (i) => {
    const { items } = await centre.read(`/v1/messages?subject_kind=incident&subject_id=${i.id}`)
    return items.find((m) => m.sender === centre.anna.id)?.deliveries[0]
  }
  const becomes = (i, state) => until(`the push of ${i.narrative} is ${state}`, async () => (await delivery(i))?.state === state)
  /** Sends a crew, and does what is to be done at once. */
  function send(sign, then = async () => undefined) {
    const mine = turn.then(async () => {
      const i = await centre.call()
      told.push(i)
      await desk.open(i)
      await desk.send(sign)
      await until(`${sign} is sent`, async () => (await centre.read(`/v1/incidents/${i.id}`)).status === 'dispatched')
      await then(i)
      return i
    })
    turn = mine.catch(() => undefined)
    return mine
  }
  return { told, delivery, becomes, send }
}

/** Every way that a push goes to a crew, a journey each. */
const atTheHandset = {
  'a handset that is logged in and not open: its push waits, is over one day, or is taken back': async (t, centre, p, desk) => {
    await centre.enter(centre.crews.H4.officer.login, { device_id: 'hand-closed' })
    const late = await p.send('H4')
    await p.send('H4', async (i) => {
      await p.becomes(i, 'queued')
      await desk.unassign('H4')
      await p.becomes(i, 'cancelled')
    })
    await p.becomes(late, 'expired')
  },
  'an open one: the push goes out, comes, is seen and signed for; or that it came is lost on the way': async (t, centre, p) => {
    const h = await handOf(t, centre, centre.crews.H1)
    h.lost = ['delivered']
    const i = await p.send('H1')
    await p.becomes(i, 'sent')
    h.lost = []
    await p.becomes(i, 'delivered')
    await h.look(i)
    await p.becomes(i, 'seen')
    await h.press()
    await p.becomes(i, 'acknowledged')
    await h.away()
    h.lost = ['delivered']
    const j = await p.send('H1')
    await p.becomes(j, 'sent')
    await h.look(j)
    await p.becomes(j, 'seen')
  },
  'an officer signs before the network has told that it was seen, or that it came': async (t, centre, p) => {
    const h = await handOf(t, centre, centre.crews.H2)
    h.lost = ['delivered', 'seen']
    const i = await p.send('H2')
    await p.becomes(i, 'sent')
    await h.look(i)
    await h.press()
    await p.becomes(i, 'acknowledged')
    await h.away()
    h.lost = ['seen']
    const j = await p.send('H2')
    await p.becomes(j, 'delivered')
    await h.look(j)
    await h.press()
    await p.becomes(j, 'acknowledged')
  },
  'one whose network lets no line through fetches what there is': async (t, centre, p) => {
    const h = await handOf(t, centre, centre.crews.H3, { line: false })
    const i = await p.send('H3')
    await p.becomes(i, 'queued')
    await h.fetch()
    await p.becomes(i, 'delivered')
    h.lost = ['delivered']
    const j = await p.send('H3')
    await h.fetch()
    await h.look(j)
    await p.becomes(j, 'seen')
    await h.away()
    h.lost = ['delivered', 'seen']
    const k = await p.send('H3')
    await h.fetch()
    await h.look(k)
    await h.press()
    await p.becomes(k, 'acknowledged')
  },
}

/** The edges that a delivery has taken, by its times: what became known later than something further is none. */
function edgesOf(d) {
  const way = ['sent', 'delivered', 'seen', 'acknowledged'].filter((s) => d[s + '_at'])
  const known = way.filter((s, n) => way.slice(n + 1).every((further) => d[s + '_at'] <= d[further + '_at']))
  if (!way.includes(d.state) && d.state !== 'queued') known.push(d.state) // an end
  return known.map((s, n) => `delivery ${known[n - 1] ?? 'queued'} ${s}`)
}

export const tests = {
  'every edge of an incident, its assignments and their deliveries is clicked through': async (stage) => {
    const windows = []
    const t = { ...stage, window: async (how) => windows[windows.push(await stage.window(how)) - 1] }
    const folder = mkdtempSync(join(tmpdir(), 'zhian-edges-'))
    const file = join(folder, 'ladders.csv')
    writeFileSync(file, ladders)
    const empty = await startCentre(join(folder, 'data'), { env: { ZHIAN_LADDERS: file, ZHIAN_PUBLIC_RATE: '1000' } })
    const taken = new Set()
    try {
      const centre = await peopled(empty)
      const attempt = (name, fn) => fn().catch((e) => t.wrong(`${name}: ${e.stack ?? e}`))
      const other = await deskOf(t, centre)
      const p = pusher(centre, other)
      const left = Object.entries(atTheConsole)
      await Promise.all([
        ...Object.entries(atTheHandset).map(([name, journey]) => attempt(name, () => journey(t, centre, p, other))),
        ...desks.map(async (units) => {
          const desk = await deskOf(t, centre)
          for (let next; (next = left.shift());) {
            await attempt(next[0], () => next[1]((more) => workAt(centre, desk, units, taken, more), centre))
            await desk.page.keyboard.press('Escape') // what a journey that failed has left open
          }
        }),
      ])
      for (const i of p.told) for (const edge of edgesOf((await p.delivery(i)) ?? { state: 'queued' })) taken.add(edge)
      const uncovered = wanted.filter((e) => !taken.has(e))
      const share = (what) => `${what} ${wanted.filter((e) => e.startsWith(what + ' ') && taken.has(e)).length}/${wanted.filter((e) => e.startsWith(what + ' ')).length}`
      console.log(`     edges: ${['incident', 'assignment', 'delivery'].map(share).join(', ')}; uncovered: ${uncovered.length}`)
      for (const e of uncovered) t.wrong(`no journey takes the edge: ${e}`)
      assert.deepEqual([...taken].filter((e) => !wanted.includes(e)), [], 'edges that the rules do not know')
    } finally {
      for (const w of windows) { // before what they show is gone
        for (const trouble of await w.troubles()) t.wrong(trouble)
        await w.close()
      }
      await empty.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
