// The wall of the hall: nobody sits at it, so it shows, loses, finds and lets itself in again by itself.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { sizes } from './browser.mjs'
import { living } from './clock.test.mjs'
import { startProxy } from './proxy.mjs'
import { settled } from './stage.mjs'

const limit = 130 * 1024 // bytes of script before the map, packed
const tile = (page, name) => page.locator('.figures .kpi').filter({ hasText: name }).locator('.value')
const number = async (page, name) => parseInt(await tile(page, name).innerText(), 10)

/** What the page shows of the board and the units, and what the server says, as soon as they agree: the city goes on meanwhile. */
async function agree(page, get) {
  for (const end = Date.now() + 15_000; ;) {
    const [board, clocks, units] = await Promise.all([get('/v1/board?limit=500'), get('/v1/pace/live?limit=500'), get('/v1/units?limit=500')])
    const open = new Set(board.items.map((r) => r.id))
    const server = {
      open: open.size,
      overdue: new Set(clocks.items.filter((c) => c.clock !== 'video' && c.left_s < 0 && open.has(c.incident_id)).map((c) => c.incident_id)).size,
      free: units.items.filter((u) => u.crew.length && u.state === 'available').length,
    }
    const shown = { open: await number(page, '未办结警情'), overdue: await number(page, '超时警情'), free: await number(page, '空闲警力') }
    if (JSON.stringify(shown) === JSON.stringify(server)) return board.items
    assert.ok(Date.now() < end, `${JSON.stringify(shown)} on the wall, ${JSON.stringify(server)} of the server`)
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(done) }))
  }
}

export const tests = {
  'a wall comes in by the door, shows the city as the server has it, is grey and dated without a line, and comes back by itself': async (t) => {
    await living(t.base)
    const proxy = await startProxy(t.base)
    try {
      const window = await t.window()
      for (const re of [/401 .*\/v1\/me/, /ERR_|WebSocket|Failed to load/]) window.allow(re)
      let page = await window.open(`${proxy.base}/x/`)
      await page.getByRole('heading', { name: '此屏尚未登录' }).waitFor()
      await page.getByRole('link', { name: '登录' }).click()
      const reports = []
      page.on('response', (r) => { if (/pace\/report\?/.test(r.url())) r.json().then((j) => reports.push(j), () => undefined) }) // gone with a page that is left
      await page.getByRole('button', { name: /局领导/ }).click()
      await page.waitForURL((u) => u.pathname === '/x/')
      await settled(page)
      assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /实时警情/)
      const first = [...(await (await fetch(`${t.base}/x/`)).text()).matchAll(/\/assets\/[^"]+\.js/g)].map(([name]) => name)
      const scripts = await page.evaluate((names) => performance.getEntriesByType('resource').filter((r) => names.includes(new URL(r.name).pathname)).reduce((n, r) => n + r.encodedBodySize, 0), first)
      assert.ok(first.length > 3 && scripts > 50_000, `${scripts} bytes of script in ${first.length} files`)
      assert.ok(scripts < limit, `${scripts} bytes of script before the map`)

      const get = t.get(window)
      const rows = await agree(page, get)
      const line = reports.at(-1).items.find((l) => l.clock === 'dispatch')
      assert.equal(await number(page, '今日接报'), line.n + line.missing + line.inverted + line.censored + line.running + line.excluded)
      if (line.n) {
        const p50 = Math.floor(line.p50_s)
        assert.equal(await tile(page, '派警用时中位数').innerText(), `${Math.floor(p50 / 60)}:${String(p50 % 60).padStart(2, '0')}`)
        assert.match(await page.locator('.figures').innerText(), new RegExp(`[共仅] ${line.n} 起`))
      }
      const words = await page.locator('#app').innerText()
      for (const r of rows.filter((x) => /\d/.test(x.address ?? ''))) assert.ok(!words.includes(r.address), `${r.address} on a wall`)
      assert.doesNotMatch(words, /\d号|1[3-9]\d{9}/, 'no house and no phone')
      const list = page.getByRole('region', { name: '最紧迫警情' })
      assert.equal(await list.locator('ul').evaluate((e) => e.scrollHeight <= e.clientHeight + 1), true, 'nothing scrolls')
      await page.waitForFunction(() => getComputedStyle(document.querySelector('.screen')).cursor === 'none')

      proxy.off(true)
      await page.locator('.stale').waitFor()
      const asOf = (await page.locator('.asof').innerText()).match(/截至 (\d\d:\d\d:\d\d)/)[1]
      const before = await number(page, '未办结警情')
      assert.ok(before > 0, 'what it showed stays')
      const found = await axe(page)
      assert.equal(found.length, 0, told(found))
      const centre = await t.window()
      await t.letIn(centre, 'command_centre')
      const made = await centre.context.request.post(t.base + '/v1/incidents', { headers: { 'Idempotency-Key': `wall-${Date.now()}` }, data: { kind_code: '4', address: '大屏路88号', occurred_at: new Date().toISOString(), position: { lat: 28.92, lon: 120.06 } } })
      assert.equal(made.status(), 201, await made.text())
      assert.match(await page.locator('.asof').innerText(), new RegExp(asOf), 'nothing is dated later than it is')
      assert.equal(await list.getByText('大屏路').count(), 0)

      proxy.off(false)
      await page.locator('.stale').waitFor({ state: 'detached' })
      await list.getByText('大屏路').waitFor()
      assert.equal(await list.getByText('88号').count(), 0)
      await agree(page, get)

      // Another build: the page of the server has another tag when the line comes back the next time.
      await window.context.route((u) => u.pathname === '/x/', (r) => (r.request().method() === 'HEAD' ? r.fulfill({ status: 200, headers: { ETag: '"of another build"' } }) : r.continue()))
      await page.evaluate(() => { window.__older = true })
      proxy.off(true)
      await page.locator('.stale').waitFor()
      proxy.off(false)
      await page.waitForFunction(() => !window.__older && document.querySelector('.figures .value'))
      await settled(page)

      // The session ends: what was shown stays, and the way in is told; somebody logs in, and the wall goes on.
      assert.ok((await window.context.request.post(proxy.base + '/v1/logout')).ok())
      const door = page.getByRole('alert').filter({ hasText: '登录已到期' })
      await door.waitFor()
      await page.locator('.stale').waitFor()
      assert.ok((await number(page, '未办结警情')) > 0)
      assert.equal(await door.getByRole('link', { name: '登录' }).getAttribute('href'), '/login?to=/x/')
      const shut = await axe(page)
      assert.equal(shut.length, 0, told(shut))
      await t.letIn(window, 'bureau_leader')
      await door.waitFor({ state: 'detached' })
      await agree(page, get)
      await centre.context.request.post(`${t.base}/v1/incidents/${(await made.json()).id}/withdraw`, { data: { reason: '演练' } })
    } finally {
      await proxy.stop()
    }
  },

  'a desk opens the wall by keys; without WebGL a plan takes the map\'s place, and a hand fits it all': async (t) => {
    const { window, page: desk } = await t.as('dispatcher', '/c', { offscreen: [() => { HTMLCanvasElement.prototype.getContext = () => null }] })
    await settled(desk)
    const [page] = await Promise.all([window.context.waitForEvent('page'), desk.keyboard.press('g').then(() => desk.keyboard.press('x'))])
    await page.waitForURL((u) => u.pathname === '/x/')
    await settled(page)
    await page.getByRole('img', { name: '警情地图' }).waitFor()
    assert.equal(await page.getByRole('complementary').count(), 0, 'nothing to press beside the plan')
    for (const size of [sizes.hand, { width: 3840, height: 1080 }, { width: 3840, height: 2160 }]) {
      await page.setViewportSize(size)
      await settled(page)
      const over = await page.evaluate(() => [...document.querySelectorAll('html, main, .panel, .kpi, .head')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => `${e.className || e.tagName} ${e.scrollWidth} > ${e.clientWidth}`))
      assert.deepEqual(over, [], `at ${size.width} × ${size.height}`)
    }
  },
}
