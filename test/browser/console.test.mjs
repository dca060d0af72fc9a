// The dispatcher's desk: the whole main job, by mouse and by keyboard alone.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { axe, told } from './axe.mjs'
import { startCentre } from './house.mjs'
import { settled } from './stage.mjs'

const post = async (t, window, path, data) => {
  const answer = await window.context.request.post(t.base + path, { data })
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`)
  return answer.json()
}
const read = (t, window, path) => t.get(window)(path)

/** Takes a call down beside a free unit, so that there is a nearest one; the city sends nobody to it. */
async function call(t, window, more = {}) {
  const { items } = await read(t, window, '/v1/units?limit=500')
  const near = items.find((u) => u.state === 'available' && u.crew.length && u.last_fix)
  const i = await post(t, window, '/v1/incidents', { kind_code: '4', position: { lat: near.last_fix.lat + 0.004 + Math.random() / 500, lon: near.last_fix.lon + Math.random() / 500, datum: 'wgs84' }, address: '', narrative: 'two neighbours quarrel', contact: { name: 'Anna', phone: '13800001234' }, ...more })
  made.push(i.id)
  return i
}
/** What a test leaves open would be an alarm in the next one. */
const made = []
async function putAway(t) {
  const window = await t.window()
  await t.letIn(window, 'dispatcher')
  for (const id of made.splice(0)) await window.context.request.post(`${t.base}/v1/incidents/${id}/withdraw`, { data: { reason: 'over' } })
}
const tidy = (journeys) => Object.fromEntries(Object.entries(journeys).map(([name, run]) => [name, (t) => run(t).finally(() => putAway(t))]))
const statusOf = async (t, window, id) => (await read(t, window, `/v1/incidents/${id}`)).status
async function until(what, fn, ms = 10_000) {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (await fn()) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`not seen: ${what}`)
}
const becomes = (t, window, id, status) => until(`${id} ${status}`, async () => (await statusOf(t, window, id)) === status)

/** A keyboard that counts, and a mouse that must not be touched. */
function hands(page) {
  const h = { keys: 0, press: async (...keys) => { for (const k of keys) { h.keys++; await page.keyboard.press(k) } }, type: async (text) => { h.keys += text.length; await page.keyboard.type(text) } }
  return h
}
/** Opens an incident and waits until it can be worked at. */
async function open(t, page, id) {
  await page.goto(`${t.base}/c/i/${id}`)
  await settled(page)
  await page.locator('.candidates li').first().waitFor()
}
const detail = (page) => page.locator('section.detail')
/** What was done is told, and its form is gone. */
async function done(page, text) {
  await page.locator('.toast', { hasText: text }).first().waitFor()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}
/** An alarm is told: the most urgent in the line below, the others one press away. */
async function alarmed(page, text) {
  await until(`alarm ${text}`, async () => {
    const first = page.locator('.foot .alarm', { hasText: text })
    if (await first.count()) return true
    const others = page.locator('.foot .others')
    if (!(await others.count())) return false
    if (!(await page.locator('.alarms').count())) await others.click()
    return (await page.locator('.alarms li', { hasText: text }).count()) > 0
  }, 25_000)
  if (!(await page.locator('.alarms').count())) return
  await page.keyboard.press('Escape')
  await page.locator('.alarms').waitFor({ state: 'hidden' })
}

export const tests = tidy({
  'the nearest unit is dispatched from a selected incident by two keys, and taken back by one button': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    await open(t, page, i.id)
    const first = await page.locator('.candidates li').first().locator('.who b').innerText()
    const h = hands(page)
    await h.press('d', '1')
    await done(page, first)
    assert.equal(h.keys, 2)
    const now = await read(t, window, `/v1/incidents/${i.id}`)
    assert.equal(now.status, 'dispatched')
    assert.equal(now.assignments.length, 1)
    await page.locator('.toast .undo').click()
    await done(page, '已撤回')
    const after = await read(t, window, `/v1/incidents/${i.id}`)
    assert.equal(after.assignments[0].withdrawn, true)
  },

  'a whole shift by the keyboard alone': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    await page.addInitScript(() => addEventListener('pointerdown', () => { window.__touched = true }, true))
    await settled(page)
    const i = await call(t, window)
    const h = hands(page)
    // From the queue: filter it, go to it, open it.
    await h.press('.')
    await h.type(i.number)
    await page.getByRole('option').filter({ hasText: '纠纷' }).first().waitFor()
    await h.press('Enter', 'ArrowDown', 'Enter')
    await page.waitForURL((u) => u.pathname === `/c/i/${i.id}`)
    await page.locator('.candidates li').first().waitFor()
    await h.press('d', '1')
    await becomes(t, window, i.id, 'dispatched')
    await h.press('b')
    await page.getByRole('dialog').getByRole('textbox').waitFor()
    await h.type('caller waits at the gate')
    await h.press('Control+Enter')
    await done(page, '已添加备注')
    await h.press('u', '1', 'Tab', '1', 'Enter')
    await done(page, '已调整')
    assert.equal((await read(t, window, `/v1/incidents/${i.id}`)).priority, 1)
    await h.press('c', 'Enter')
    await done(page, '已记录联系结果')
    for (const [key, status, next] of [['s', 'acknowledged', '代报出警'], ['e', 'en_route', '代报到场'], ['o', 'on_scene']]) {
      await h.press(key)
      await becomes(t, window, i.id, status)
      if (next) await detail(page).getByRole('button', { name: next }).first().waitFor()
    }
    await page.locator('.actions .first', { hasText: '办结' }).waitFor()
    await h.press('f')
    await page.getByRole('dialog').getByRole('textbox').first().waitFor()
    await h.type('both calmed down')
    await h.press('Control+Enter')
    await done(page, '已记录反馈')
    await h.press('x')
    await page.getByRole('dialog').getByRole('radio').first().waitFor()
    await h.press('3', 'Enter')
    await becomes(t, window, i.id, 'closed')
    await page.locator('.actions button', { hasText: '重新受理' }).waitFor()
    await h.press('r', '1', 'Enter')
    await becomes(t, window, i.id, 'received')
    await page.locator('.actions button', { hasText: '派警' }).waitFor()
    await h.press('w', '2', 'Enter')
    await becomes(t, window, i.id, 'withdrawn')
    // It is found again among those that have ended, by its number.
    await h.press('Escape', ',')
    await h.press('.')
    await h.press('Control+a')
    await h.type(i.number)
    await page.getByRole('option').filter({ hasText: i.number }).waitFor()
    assert.equal(await page.evaluate(() => window.__touched), undefined, 'the mouse was not touched')
    const kinds = (await read(t, window, `/v1/incidents/${i.id}/timeline`)).items.map((e) => e.kind)
    for (const k of ['received', 'assigned', 'note', 'priority', 'contacted', 'step', 'feedback', 'closed', 'reopened', 'withdrawn']) assert.ok(kinds.includes(k), `${k} is in the timeline: ${kinds}`)
  },

  'who passes over a nearer unit is asked why, on the spot, and may change their mind': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    window.allow(/409 .*\/dispatch$/) // the server asks why
    const i = await call(t, window)
    await open(t, page, i.id)
    await page.getByRole('button', { name: /更多警力/ }).click()
    await page.locator('.candidates li').nth(9).getByRole('button').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('更近，为什么不派').waitFor()
    assert.deepEqual(told(await axe(page)), '')
    assert.equal((await read(t, window, `/v1/incidents/${i.id}`)).assignments.length, 0, 'nothing was sent yet')
    await dialog.getByRole('button', { name: /^派警/ }).click()
    await dialog.getByText('请写理由').waitFor()
    await page.keyboard.press('3')
    await page.keyboard.press('Enter')
    await becomes(t, window, i.id, 'dispatched')
    const [a] = (await read(t, window, `/v1/incidents/${i.id}`)).assignments
    assert.equal(a.reason, '辖区责任')
    await detail(page).getByText('未派较近警力：辖区责任').waitFor()
    // Another one: this time the nearer one is sent instead.
    const j = await call(t, window)
    await open(t, page, j.id)
    const first = await page.locator('.candidates li').first().locator('.who b').innerText()
    await page.getByRole('button', { name: /更多警力/ }).click()
    await page.locator('.candidates li').nth(9).getByRole('button').click()
    await page.getByRole('dialog').getByRole('button', { name: /改派/ }).click()
    await becomes(t, window, j.id, 'dispatched')
    await done(page, first)
  },

  'Enter sends the unit that has the focus, from its button and from its box, and the focus goes on at the order': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const asked = []
    page.on('request', (r) => { if (r.method() === 'POST' && /\/dispatch$/.test(r.url())) asked.push(r.postData()) })
    const list = page.locator('section[aria-label="派警单"] li')
    const i = await call(t, window)
    await open(t, page, i.id)
    // Another one is ticked: the button still sends its own.
    await page.locator('.candidates li').nth(1).getByRole('checkbox').click()
    const first = page.locator('.candidates li').first()
    const sign = await first.locator('.who b').innerText()
    await first.getByRole('button', { name: /派出/ }).focus()
    await page.keyboard.press('Enter')
    await becomes(t, window, i.id, 'dispatched')
    await list.first().getByText(sign).waitFor()
    await until('the focus is at the order', () => list.first().evaluate((el) => el === document.activeElement))
    assert.equal((await read(t, window, `/v1/incidents/${i.id}`)).assignments.length, 1)
    const j = await call(t, window)
    await open(t, page, j.id)
    const next = await page.locator('.candidates li').first().locator('.who b').innerText()
    for (const key of ['d', 'd', 'Enter']) await page.keyboard.press(key)
    await becomes(t, window, j.id, 'dispatched')
    await list.first().getByText(next).waitFor()
    assert.equal(asked.length, 2, `sent twice and no more: ${asked}`)
  },

  'several units are ticked and sent at once, one is reserved, sent later, and taken off': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    await open(t, page, i.id)
    await page.keyboard.press('d')
    await page.keyboard.press('d')
    await page.keyboard.press('Space')
    await page.locator('.candidates li.ticked').first().waitFor()
    await page.locator('.candidates li').nth(1).getByRole('checkbox').click()
    await page.getByRole('button', { name: '派出所选 2 个' }).click()
    await becomes(t, window, i.id, 'dispatched')
    assert.equal((await read(t, window, `/v1/incidents/${i.id}`)).assignments.length, 2)
    await until('two units in the list', async () => (await page.locator('section[aria-label="派警单"] li').count()) === 2)
    await page.locator('.candidates li').first().getByRole('checkbox').click()
    await page.getByRole('button', { name: '预派' }).click()
    await page.locator('section[aria-label="派警单"] li', { hasText: '预派' }).getByRole('button', { name: '派出' }).click()
    await until('three are sent', async () => (await read(t, window, `/v1/incidents/${i.id}`)).assignments.filter((a) => a.dispatched_at).length === 3)
    await page.keyboard.press('q')
    await page.getByRole('dialog').getByRole('radio').first().click()
    await page.getByRole('dialog').getByRole('button', { name: /派错警力/ }).click()
    await page.keyboard.press('Enter')
    await until('one is taken off', async () => (await read(t, window, `/v1/incidents/${i.id}`)).assignments.some((a) => a.withdrawn))
  },

  'two incidents are linked, parted and merged; each leads to the other': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    const { lat, lon } = i.position
    const j = await call(t, window, { position: { lat: lat + 0.0005, lon, datum: 'wgs84' } })
    const far = await call(t, window, { position: { lat: lat + 0.05, lon, datum: 'wgs84' } })
    await open(t, page, i.id)
    await page.keyboard.press('l')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio').filter({ hasText: j.number }).waitFor()
    assert.equal(await dialog.getByRole('radio').filter({ hasText: far.number }).count(), 0, 'what is far is not proposed')
    await dialog.getByRole('textbox').first().fill(far.number)
    await dialog.getByRole('radio').filter({ hasText: far.number }).click()
    await dialog.getByRole('button', { name: /同一地点相关/ }).click()
    await page.keyboard.press('Enter')
    await done(page, '已关联')
    await page.locator('section[aria-label="相关警情"]').getByText(far.number).waitFor()
    await page.getByRole('button', { name: '取消关联' }).click()
    await dialog.getByRole('radio').filter({ hasText: far.number }).waitFor()
    await dialog.getByRole('button', { name: /关联有误/ }).click()
    await page.keyboard.press('Enter')
    await done(page, '已取消关联')
    await until('they are parted', async () => !(await read(t, window, `/v1/incidents/${i.id}`)).linked?.length)
    await page.keyboard.press('h')
    await dialog.getByRole('radio').filter({ hasText: j.number }).click()
    await page.keyboard.press('Enter')
    await becomes(t, window, i.id, 'merged')
    await page.locator('section[aria-label="相关警情"] button', { hasText: j.number }).click()
    await page.waitForURL((u) => u.pathname === `/c/i/${j.id}`)
    await page.locator('section[aria-label="相关警情"]').getByText(i.number).waitFor()
  },

  'the place is corrected by dragging the pin, by its arrow keys, and by typing; the wrong one stays in the timeline': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    await open(t, page, i.id)
    await page.keyboard.press('z')
    const pin = page.locator('button.pin')
    await pin.waitFor()
    const text = page.locator('.correct input.num').first()
    const was = await text.inputValue()
    await pin.focus()
    await page.keyboard.press('ArrowUp')
    await until('nudged', async () => (await text.inputValue()) !== was)
    const nudged = await text.inputValue()
    const box = await pin.boundingBox()
    await page.mouse.move(box.x + 18, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + 38, box.y + 20, { steps: 4 })
    await page.mouse.up()
    await until('dragged', async () => (await text.inputValue()) !== nudged)
    await text.fill(`${(i.position.lat + 0.001).toFixed(6)}, ${i.position.lon.toFixed(6)}`)
    await page.keyboard.press('Enter')
    assert.deepEqual(told(await axe(page)), '')
    await page.getByRole('button', { name: '更正', exact: true }).last().click()
    await page.locator('.correct').getByText('请写理由').waitFor()
    await page.locator('.correct').getByRole('button', { name: /核实后更正/ }).click()
    await page.keyboard.press('Enter')
    await done(page, '已更正')
    const now = await read(t, window, `/v1/incidents/${i.id}`)
    assert.ok(Math.abs(now.position.lat - i.position.lat - 0.001) < 0.0001, JSON.stringify(now.position))
    await page.locator('section[aria-label="处置时间线"]').getByText('更正地点').waitFor()
    assert.equal(await page.locator('button.pin').count(), 0, 'the pin is gone')
  },

  'the caller is masked until a purpose is stated, which is recorded': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    await open(t, page, i.id)
    assert.equal(await page.getByText('13800001234').count(), 0)
    await page.getByRole('button', { name: '查看', exact: true }).click()
    await page.getByRole('dialog').getByText('回电联系').click()
    await page.getByRole('dialog').getByRole('button', { name: '查看' }).click()
    await page.getByText('13800001234').waitFor()
    await page.getByRole('button', { name: '隐藏' }).click()
    await until('hidden again', async () => (await page.getByText('13800001234').count()) === 0)
    const auditor = await t.window()
    await t.letIn(auditor, 'audit_admin')
    const seen = await read(t, auditor, `/v1/audit/behaviour?q=${i.id}&limit=50`).catch(() => ({ items: [] }))
    assert.ok(seen.items.length === 0 || seen.items.some((e) => JSON.stringify(e).includes('call_back')), 'the purpose is in the log')
  },

  'the address keeps the choice; a narrow window shows one thing at a time': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c', { size: 'hand' })
    const i = await call(t, window)
    await settled(page)
    await page.getByRole('option').first().click()
    await page.locator('.detail h2').waitFor()
    await page.waitForURL(/\/c\/i\//)
    assert.equal(await page.getByRole('listbox').first().isVisible(), false, 'the queue makes room')
    await page.getByRole('button', { name: '取消选择' }).click()
    await page.getByRole('listbox').first().waitFor()
    await page.getByRole('button', { name: '地图', exact: true }).click()
    await page.locator('.middle').waitFor()
    await page.goto(`${t.base}/c/i/${i.id}`)
    await settled(page)
    await page.reload()
    await settled(page)
    await page.locator('.detail .no', { hasText: i.number }).waitFor()
    assert.deepEqual(told(await axe(page)), '')
    window.allow(/404 .*\/nothing/)
    await page.goto(`${t.base}/c/i/nothing`)
    await page.getByText('没有这起警情').waitFor()
  },

  'two windows of a desk show the same choice': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    const map = await window.open(t.base + '/c/map')
    await settled(map)
    await open(t, page, i.id)
    await map.locator('.card', { hasText: i.number }).waitFor()
    const j = await call(t, window)
    await page.goto(`${t.base}/c/i/${j.id}`)
    await map.locator('.card', { hasText: j.number }).waitFor()
    assert.deepEqual(told(await axe(map)), '')
    const later = await window.open(t.base + '/c/map')
    await later.locator('.card', { hasText: j.number }).waitFor()
  },

  'the palette finds incidents, units and everything that can be done': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const i = await call(t, window)
    await open(t, page, i.id)
    const find = async (text, hit) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(text)
      await page.getByRole('option', { name: hit }).first().click()
    }
    await find('撤销警情', /撤销警情/)
    await page.getByRole('dialog').getByText('撤销警情').first().waitFor()
    await page.keyboard.press('Escape')
    const { items } = await read(t, window, '/v1/units?limit=500')
    const unit = items.find((u) => u.crew.length && u.last_fix)
    await find(unit.call_sign, new RegExp(unit.call_sign))
    await page.locator(`section[aria-label="警力 ${unit.call_sign}"]`).waitFor()
    assert.deepEqual(told(await axe(page)), '')
    const j = await call(t, window)
    await until('the board knows it', async () => (await page.locator('.holder .total').innerText()) !== '')
    await find(j.number, new RegExp(j.number))
    await page.waitForURL((u) => u.pathname === `/c/i/${j.id}`)
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('派最近警力').waitFor()
  },

  'without acceleration a plan stands in, and everything goes on': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c', { offscreen: [() => { const get = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : get.call(this, kind, ...more) } }] })
    const i = await call(t, window)
    await open(t, page, i.id)
    await page.locator('.plan .halo').waitFor({ state: 'attached' })
    await page.keyboard.press('z')
    await page.locator('button.pin').waitFor()
    await page.locator('button.pin').focus()
    await page.keyboard.press('Shift+ArrowLeft')
    await page.locator('.correct').getByText(/图钉已移动/).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '图层' }).click()
    await page.getByRole('checkbox', { name: '警力' }).click()
    await until('units are hidden', async () => (await page.locator('.plan .point.unit-free').count()) === 0)
    await page.getByRole('checkbox', { name: '警力' }).click()
    await page.locator('.plan .point.unit-free').first().waitFor({ state: 'attached' })
  },

  'what breaks while somebody watches is an alarm: in the title, until it is acknowledged': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    await settled(page)
    await page.keyboard.press('a')
    const i = await call(t, window, { occurred_at: new Date(Date.parse((await read(t, window, '/v1/about')).now) - 52_000).toISOString() })
    await alarmed(page, i.number)
    assert.match(await page.title(), /^\(\d+\) /)
    assert.match(await page.locator('link[rel~="icon"]').getAttribute('href'), /alarm/)
    await page.locator('.foot .alarm.red').waitFor()
    await page.keyboard.press('a')
    await until('quiet', async () => !/^\(/.test(await page.title()))
  },

  'a cut line leaves everything there, grey and dated, and what was missed comes after it': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    window.allow(/WebSocket|Failed to load resource: net::/)
    const lines = new Set()
    let [silent, cut] = [false, false]
    await page.routeWebSocket(/\/v1\/live/, (ws) => {
      if (cut) return void ws.close()
      ws.connectToServer().onMessage((frame) => { if (!silent) ws.send(frame) })
      lines.add(ws)
    })
    const i = await call(t, window)
    await open(t, page, i.id)
    await page.locator('.foot', { hasText: '实时' }).waitFor()
    silent = true // the city goes on; from here on nothing of that comes through, and what was asked is answered
    await page.route('**/v1/**', (route) => route.abort())
    await page.waitForLoadState('networkidle')
    const before = await page.getByRole('option').count()
    cut = true
    for (const ws of lines) await ws.close()
    await page.locator('.asof', { hasText: /数据截至 \d\d:\d\d:\d\d/ }).first().waitFor()
    await alarmed(page, '实时通道中断')
    assert.equal(await page.getByRole('option').count(), before, 'nothing is gone')
    await page.locator('.detail h2').waitFor()
    const other = await t.window()
    await t.letIn(other, 'dispatcher')
    const missed = await call(t, other)
    await post(t, other, `/v1/incidents/${i.id}/notes`, { text: 'said while away' })
    silent = cut = false
    await page.unroute('**/v1/**')
    await until('the line is back', async () => (await page.locator('.stale').count()) === 0)
    await page.locator('section[aria-label="处置时间线"]').getByText('said while away').waitFor()
    await page.keyboard.press('.')
    await page.keyboard.type(missed.number)
    await page.getByRole('option').filter({ hasText: '纠纷' }).first().waitFor()
    assert.equal(new URL(page.url()).pathname, `/c/i/${i.id}`, 'the choice was kept')
  },

  'a server that restarts is survived: the choice, the session, and what was missed': async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'zhian-centre-'))
    const centre = await startCentre(folder)
    try {
      const window = await t.window()
      window.allow(/WebSocket|Failed to load resource/)
      await window.context.request.post(centre.base + '/v1/login', { data: centre.login })
      const ask = async (path, data) => (await window.context.request.post(centre.base + path, { data })).json()
      const i = await ask('/v1/incidents', { kind_code: '4', address: 'Market Street 8', narrative: 'quarrel' })
      const page = await window.open(`${centre.base}/c/i/${i.id}`)
      await settled(page)
      await page.locator('.detail .no', { hasText: i.number }).waitFor()
      await page.locator('.foot', { hasText: '实时' }).waitFor()
      await centre.stop()
      await page.locator('.asof').first().waitFor()
      await page.locator('.detail .no', { hasText: i.number }).waitFor()
      await centre.start()
      await ask(`/v1/incidents/${i.id}/notes`, { text: 'after the restart' })
      await until('the line is back', async () => (await page.locator('.stale').count()) === 0)
      await page.locator('section[aria-label="处置时间线"]').getByText('after the restart').waitFor()
      await page.keyboard.press('w')
      await page.keyboard.press('2')
      await page.keyboard.press('Enter')
      await done(page, '已撤销')
    } finally {
      await centre.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },

  'every way that a unit can go is recorded by radio, and every way to be taken off': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const list = page.locator('section[aria-label="派警单"] li')
    const cleared = async () => {
      await list.first().getByRole('button', { name: /的更多操作/ }).click()
      await page.getByRole('menuitem', { name: '代报离场' }).click()
    }
    const takenOff = async () => {
      await page.keyboard.press('q')
      await page.getByRole('dialog').getByRole('button', { name: /派错警力/ }).click()
      await page.keyboard.press('Enter')
    }
    const steps = { s: ['acknowledged', '代签收'], e: ['en_route', '代报出警'], o: ['on_scene', '代报到场'] }
    for (const way of ['seo.', 's.', 'e.', '.', 'so-', 'o-', 'se-', 's-', '-']) {
      const i = await call(t, window)
      await open(t, page, i.id)
      await page.keyboard.press('d')
      await page.keyboard.press('1')
      await list.first().waitFor()
      for (const key of way) {
        if (key === '.') await cleared()
        else if (key === '-') await takenOff()
        else await page.keyboard.press(key)
        const a = () => read(t, window, `/v1/incidents/${i.id}`).then((x) => x.assignments[0])
        await until(`${way}: ${key}`, async () => (key === '.' ? (await a()).state === 'cleared' : key === '-' ? (await a()).withdrawn : (await a()).state === steps[key][0]))
        if (steps[key]) await until(`${way}: ${key} is shown`, async () => (await list.first().getByText(steps[key][0] === 'acknowledged' ? '已签收' : steps[key][0] === 'en_route' ? '出警中' : '已到场').count()) > 0)
      }
      if (way.endsWith('-')) assert.equal(await statusOf(t, window, i.id), 'received', `${way}: nobody is on it`)
    }
  },

  'a call of the neighbour is transferred, and taken up again; the menu of a row has it all': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    const { items } = await read(t, window, '/v1/places/areas?outline=true')
    const north = items.flatMap((a) => a.geometry.coordinates.flat(a.geometry.type === 'Polygon' ? 1 : 2)).sort((a, b) => b[1] - a[1])[0]
    const i = await call(t, window, { position: { lon: north[0], lat: north[1] + 0.01, datum: 'wgs84' } })
    assert.equal(i.outside, true)
    await open(t, page, i.id)
    await page.getByRole('option', { selected: true }).click({ button: 'right' })
    await page.getByRole('menu').waitFor()
    assert.deepEqual(told(await axe(page, { within: '[role="menu"]' })), '')
    await page.getByRole('menuitem', { name: /移交/ }).click()
    await page.keyboard.type('Dongyang centre, Li')
    await page.getByRole('dialog').getByRole('button', { name: /事发地在对方辖区/ }).click()
    await page.keyboard.press('Enter')
    await becomes(t, window, i.id, 'transferred')
    await page.locator('.toast .undo').first().click()
    await becomes(t, window, i.id, 'received')
  },

  'a thousand rows stay quick': async (t) => {
    const { page } = await t.as('dispatcher', '/c')
    await page.route('**/v1/board?*', async (route) => {
      if (!/limit=500/.test(route.request().url())) return route.continue()
      const answer = await route.fetch()
      const body = await answer.json()
      const [one] = body.items
      for (let n = 0; n < 1000; n++) body.items.push({ ...one, id: `row-${n}`, number: `X${n}`, address: `Long Street ${n}`, version: 1 })
      await route.fulfill({ response: answer, json: { ...body, next: undefined } })
    })
    await page.reload()
    await settled(page)
    await until('a thousand', async () => Number(await page.locator('.holder .total').innerText()) > 1000)
    assert.ok(await page.getByRole('option').count() < 60, 'only what is seen is drawn')
    await page.keyboard.press('.')
    const from = Date.now()
    await page.keyboard.type('street 999')
    await page.getByRole('option').filter({ hasText: 'Long Street 999' }).waitFor()
    assert.ok(Date.now() - from < 3000, `${Date.now() - from} ms`)
  },
})
