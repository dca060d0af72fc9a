// The station desk: its figures are the server's, and what waits can be done.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { sizes } from './browser.mjs'
import { living } from './clock.test.mjs'
import { settled } from './stage.mjs'

const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())
const span = (day) => `from=${day}T00:00:00%2B08:00&to=${new Date(Date.parse(day + 'T00:00:00+08:00') + 86_400_000).toISOString()}`

/** A point in the area of the leader's own station, and a call from it. */
async function callFrom(t, window, get, number, ago) {
  const [station] = (await get('/v1/orgs?kind=station')).items
  const own = (await get('/v1/places/areas?outline=true')).items.find((a) => a.station_id === station.id)
  const ring = own.geometry.type === 'Polygon' ? own.geometry.coordinates[0] : own.geometry.coordinates[0][0]
  const [lon, lat] = ring.reduce(([x, y], p) => [x + p[0] / ring.length, y + p[1] / ring.length], [0, 0])
  const centre = await t.window()
  await t.letIn(centre, 'command_centre')
  const answer = await centre.context.request.post(t.base + '/v1/incidents', { headers: { 'Idempotency-Key': `desk-${number}-${Date.now()}` }, data: { kind_code: '4', address: `工作台路${number}号`, occurred_at: new Date(Date.now() - ago).toISOString(), position: { lat, lon } } })
  assert.equal(answer.status(), 201, await answer.text())
  const incident = await answer.json()
  assert.equal(incident.station_id, station.id, 'the call is of the station')
  return { incident, centre }
}

export const tests = {
  'a leader begins at the desk, whose figures are the server\'s': async (t) => {
    await living(t.base)
    const { window, page } = await t.as('station_leader', '/')
    await settled(page)
    assert.equal(new URL(page.url()).pathname, '/s')
    const get = t.get(window)
    const sentence = page.locator('.sentence')
    await sentence.waitFor()
    for (const end = Date.now() + 40_000; ;) { // the city goes on: figures are asked for anew every half minute
      const [calls] = (await sentence.innerText()).match(/\d+/g).map(Number)
      const line = (await get(`/v1/pace/report?by=none&${span(today())}`)).items.find((l) => l.clock === 'dispatch')
      const all = line ? line.n + line.missing + line.inverted + line.censored + line.running + line.excluded : 0
      if (calls === all) break
      assert.ok(Date.now() < end, `${calls} on the page, ${all} of the server`)
      await page.waitForResponse(/pace\/report/)
    }
    const open = (await get('/v1/pace/breaches?state=open&limit=500')).items.length
    await page.waitForFunction((n) => Number(document.querySelector('.sentence').innerText.match(/\d+/g)[2]) === n, open)
    const units = (await get('/v1/units?limit=500')).items.filter((u) => u.crew.length).length
    await page.getByRole('link', { name: /在岗警力/ }).filter({ hasText: String(units) }).waitFor()
    assert.equal(await page.getByRole('combobox', { name: '选择派出所' }).count(), 0, 'one station leaves nothing to choose')
    await page.getByRole('link', { name: /今日接报/ }).click()
    await page.waitForURL(/judgements/)
  },

  'a leader explains two broken clocks at once by keys alone, and they are gone': async (t) => {
    await living(t.base)
    const { window, page } = await t.as('station_leader', '/s')
    await settled(page)
    const get = t.get(window)
    const made = [await callFrom(t, window, get, 1, 55_000), await callFrom(t, window, get, 2, 55_000)]
    const todo = page.locator('#todo')
    const item = (n) => todo.getByRole('listitem').filter({ hasText: `工作台路${n}号` })
    for (const n of [1, 2]) await item(n).waitFor({ timeout: 60_000 }) // told by the live feed
    await page.locator('main').focus()
    for (let i = 0; i < 40 && (await todo.locator('.chosen').count()) < 2; i++) {
      await page.keyboard.press('j')
      const text = await page.evaluate(() => document.activeElement.closest('li')?.innerText ?? '')
      const chosen = await page.evaluate(() => document.activeElement.closest('li')?.classList.contains('chosen'))
      if (/工作台路[12]号/.test(text) && !chosen) await page.keyboard.press('x')
    }
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog', { name: /说明超时原因（2 项）/ })
    await dialog.getByRole('combobox').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('option').first().waitFor({ state: 'detached' })
    const found = await axe(page)
    assert.equal(found.length, 0, told(found))
    await dialog.getByRole('button', { name: '提交说明' }).focus()
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    for (const n of [1, 2]) await item(n).waitFor({ state: 'detached' })
    for (const { incident, centre } of made) {
      const { breaches } = await get(`/v1/pace/incidents/${incident.id}`)
      assert.equal(breaches.find((b) => b.clock === 'dispatch').state, 'explained')
      await centre.context.request.post(`${t.base}/v1/incidents/${incident.id}/withdraw`, { data: { reason: '演练' } })
      await centre.close()
    }
  },

  'a leader takes a unit out of service, and back by undo': async (t) => {
    await living(t.base)
    const { window, page } = await t.as('station_leader', '/s')
    await settled(page)
    const units = page.locator('#units')
    const rest = units.getByRole('button', { name: /停用$/ }).last()
    const sign = (await rest.getAttribute('aria-label')).split(' ')[0]
    await rest.click()
    await units.getByRole('listitem').filter({ hasText: sign }).filter({ hasText: '停用' }).waitFor()
    await page.getByRole('button', { name: '撤回' }).click()
    await units.getByRole('listitem').filter({ hasText: sign }).filter({ hasText: '空闲' }).waitFor()
    const get = t.get(window)
    const unit = (await get('/v1/units?limit=500')).items.find((u) => u.call_sign === sign)
    assert.equal(unit.state, 'available')

    // A crew without a handset has answered by radio: its leader says so.
    const { incident, centre } = await callFrom(t, window, get, 3, 120_000)
    const post = async (path, data) => {
      const answer = await centre.context.request.post(t.base + path, { data })
      assert.ok(answer.ok(), `${path}: ${await answer.text()}`)
      return answer.json()
    }
    const me = (await get('/v1/me')).id
    const own = await post('/v1/units', { call_sign: '电台1', kind: 'foot', org_id: incident.station_id })
    await post(`/v1/units/${own.id}/duty`, { user_id: me })
    await post(`/v1/incidents/${incident.id}/dispatch`, { unit_ids: [own.id], occurred_at: new Date(Date.now() - 70_000).toISOString(), reason: '徒步组在现场附近' })
    const waits = page.locator('#todo').getByRole('listitem').filter({ hasText: '工作台路3号' }).filter({ hasText: '未签收' })
    await waits.getByRole('button', { name: '代签收' }).click()
    const dialog = page.getByRole('dialog', { name: '代签收' })
    await dialog.getByText(/确认 电台1 知悉/).waitFor()
    await dialog.getByRole('button', { name: '确认代签收' }).click()
    await dialog.waitFor({ state: 'detached' })
    await waits.waitFor({ state: 'detached' })
    assert.equal((await get(`/v1/incidents/${incident.id}`)).assignments[0].state, 'acknowledged')
    await post(`/v1/incidents/${incident.id}/withdraw`, { reason: '演练' })
    await post(`/v1/units/${own.id}/duty`, { user_id: me, off: true })
  },

  'who leads all stations chooses one, and the address keeps it; a hand fits it all': async (t) => {
    await living(t.base)
    const { page } = await t.as('bureau_leader', '/s')
    await settled(page)
    const choose = page.getByRole('combobox', { name: '选择派出所' })
    await choose.click()
    const name = await page.getByRole('option').nth(3).innerText()
    await page.getByRole('option').nth(3).click()
    await page.waitForURL(/station=/)
    await page.locator('h1').filter({ hasText: name.trim() }).waitFor()
    await page.reload()
    await settled(page)
    await page.locator('h1').filter({ hasText: name.trim() }).waitFor()
    await page.setViewportSize(sizes.hand)
    await settled(page)
    const over = await page.evaluate(() => [...document.querySelectorAll('main, html')].filter((e) => e.scrollWidth > e.clientWidth + 1).length)
    assert.equal(over, 0, 'nothing is wider than the hand')
  },
}
