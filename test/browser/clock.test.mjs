// The clock page: what runs and what broke, the report, and what is behind its figures.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { axe, told } from './axe.mjs'
import { settled } from './stage.mjs'

/** Resolves when the city's history is told: until then its clock leaps. */
export async function living(base) {
  for (const end = Date.now() + 60_000; ;) {
    const { now } = await (await fetch(base + '/v1/about')).json()
    if (Math.abs(Date.parse(now) - Date.now()) < 60_000) return
    if (Date.now() > end) throw new Error('the city does not come to life')
    await new Promise((done) => setTimeout(done, 200))
  }
}
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())
const span = (day) => `from=${day}T00:00:00%2B08:00&to=${new Date(Date.parse(day + 'T00:00:00+08:00') + 86_400_000).toISOString()}`

/** Takes calls that nobody is sent to: their first clock breaks a minute later, and not before. */
async function call(t, window, n) {
  const ids = []
  for (let i = 0; i < n; i++) {
    const answer = await window.context.request.post(t.base + '/v1/incidents', { headers: { 'Idempotency-Key': `clock-${Date.now()}-${i}` }, data: { kind_code: '4', address: `丽州路${i + 1}号`, occurred_at: new Date(Date.now() - 50_000).toISOString(), position: { lat: 28.92, lon: 120.06 } } })
    assert.equal(answer.status(), 201, await answer.text())
    ids.push((await answer.json()).id)
  }
  return ids
}

/** The first sheet of a workbook as rows of texts; strings stand in the cells. */
function rowsOf(bytes) {
  const files = new Map()
  for (let at = bytes.lastIndexOf(Buffer.from('PK\x01\x02'), bytes.length); ;) {
    at = bytes.indexOf(Buffer.from('PK\x01\x02'), files.size ? at : 0)
    if (at < 0) break
    const [method, size, name, extra, comment, local] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)]
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const body = bytes.subarray(from, from + size)
    files.set(bytes.toString('utf8', at + 46, at + 46 + name), method ? inflateRawSync(body) : body)
    at += 46 + name + extra + comment
  }
  const xml = files.get('xl/worksheets/sheet1.xml').toString()
  return [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((r) => [...r[1].matchAll(/<c [^>]*?(?:\/>|>(.*?)<\/c>)/gs)].map((c) => (c[1]?.match(/<(?:t|v)[^>]*>([^<]*)</)?.[1] ?? '')))
}

export const tests = {
  'what runs is shown with what is left and who can act, and what broke gets one reason for two': async (t) => {
    await living(t.base)
    const { window, page } = await t.as('command_centre', '/s/clock')
    const mine = await call(t, window, 2)
    await settled(page)
    const running = page.locator('section[aria-label="正在计时"]')
    await running.getByRole('row').filter({ hasText: '丽州路1号' }).filter({ hasText: '1 派警' }).filter({ hasText: '接警员、派警员' }).waitFor()
    const late = page.locator('section[aria-label="超时说明"]')
    const rows = (n) => late.getByRole('row').filter({ hasText: `丽州路${n}号` })
    for (const order of ['ascending', 'descending']) { // what broke last stands first, whatever waits from before
      await late.getByRole('columnheader', { name: '到期' }).getByRole('button').click()
      await late.locator(`[role="columnheader"][aria-sort="${order}"]`, { hasText: '到期' }).waitFor()
    }
    for (const n of [1, 2]) await rows(n).first().waitFor({ timeout: 60_000 }) // by the live feed: nobody reloads
    for (const n of [1, 2]) await rows(n).first().getByRole('checkbox').click()
    await late.getByText('已选 2 项').waitFor()
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: '提交说明' }).click()
    await dialog.getByText('请选择原因').waitFor()
    await dialog.getByRole('combobox', { name: /原因/ }).click()
    await page.getByRole('option', { name: '其他' }).last().click()
    await dialog.getByRole('button', { name: '提交说明' }).click()
    await dialog.getByText('此原因须写明具体情况').last().waitFor()
    const found = await axe(page)
    assert.equal(found.length, 0, told(found))
    await dialog.getByRole('textbox').fill('同一时刻多起来电')
    await dialog.getByRole('button', { name: '提交说明' }).click()
    await dialog.waitFor({ state: 'detached' })
    for (const n of [1, 2]) await rows(n).first().waitFor({ state: 'detached' })
    const get = t.get(window)
    for (const id of mine) {
      const { breaches } = await get(`/v1/pace/incidents/${id}`)
      assert.deepEqual(breaches.map((b) => [b.clock, b.state, b.remark]), [['dispatch', 'explained', '同一时刻多起来电']])
    }
    await late.getByRole('button', { name: '今日' }).click()
    await page.waitForURL(/view=today/)
    await rows(1).first().filter({ hasText: '同一时刻多起来电' }).waitFor()
    for (const id of mine) await window.context.request.post(`${t.base}/v1/incidents/${id}/withdraw`, { data: { reason: '演练' } })
  },

  'who may not explain has no way to': async (t) => {
    await living(t.base)
    const { page } = await t.as('call_taker', '/s/clock')
    await settled(page)
    await page.getByText('您可查看；').waitFor()
    assert.equal(await page.getByRole('button', { name: '说明', exact: true }).count(), 0)
    await page.goto(t.base + '/s/clock/definitions')
    await settled(page)
    assert.equal(await page.getByRole('button', { name: '新增规定' }).count(), 0)
  },

  'a rate of the report opens its incidents, one of them the two entries that made its answer, and the way back works': async (t) => {
    await living(t.base)
    const { window, page } = await t.as('command_centre', '/s/clock/report?period=today&by=none')
    await settled(page)
    const get = t.get(window)
    const report = await get(`/v1/pace/report?by=none&${span(today())}`)
    const line = report.items.find((l) => l.clock === 'dispatch')
    assert.ok(line.n > 0, 'the city has dispatched')
    await page.getByRole('group', { name: '时限', exact: true }).getByRole('button', { name: '1 派警' }).click()
    await page.waitForURL(/clock=dispatch/)
    const row = page.locator('tbody tr').filter({ hasText: '合计' })
    await row.waitFor()
    const shown = Number(await row.getByRole('link').nth(1).innerText())
    assert.ok(shown >= line.n, `${shown} on the page, ${line.n} of the server a moment before`)
    await row.getByRole('link').nth(1).click()
    await page.waitForURL(/judgements/)
    await settled(page)
    const behind = Number((await page.locator('.count').innerText()).match(/\d+/)[0])
    assert.ok(behind >= shown, `${behind} incidents behind ${shown}`)
    assert.equal(await page.getByRole('gridcell').filter({ hasText: /不考核|计时中|缺记录/ }).count(), 0, 'only what n counts')
    await page.getByRole('grid').press('Enter')
    await page.waitForURL(/\/s\/clock\/i\//)
    await settled(page)
    const id = new URL(page.url()).pathname.split('/').pop()
    const view = await get(`/v1/pace/incidents/${id}`)
    const judged = view.clocks.find((c) => c.clock === 'dispatch')
    const answer = page.getByRole('row').filter({ hasText: '1 派警' }).first()
    await answer.getByRole('link', { name: `第 ${judged.end.seq} 条` }).click()
    await page.waitForURL(new RegExp(`#entry-${judged.end.seq}$`))
    const entry = page.locator(`#entry-${judged.end.seq}`)
    await entry.filter({ hasText: '1 派警 终点' }).filter({ hasText: '派警' }).waitFor()
    assert.ok(await entry.evaluate((e) => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight }), 'the entry is in sight')
    for (const where of [/\/i\/[^#]*$/, /judgements/, /clock=dispatch/]) {
      await page.goBack()
      await page.waitForURL(where)
    }
    await row.waitFor()
  },

  'the workbook says what the page says, and by which rule, when and by whom': async (t) => {
    await living(t.base)
    const { window, page } = await t.as('command_centre', '/s/clock/report?period=today&by=station&clock=dispatch')
    await settled(page)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Excel' }).click()])
    assert.match(download.suggestedFilename(), /^pace-station-\d{8}\.xlsx$/)
    const rows = rowsOf(readFileSync(await download.path()))
    const head = rows.findIndex((r) => r[0] === '派出所')
    const note = (name) => rows.find((r) => r[0].startsWith(name))?.[1]
    assert.match(note('统计时段'), new RegExp(`^${today()} 00:00`))
    assert.match(note('所用规定版本'), /1 派警 v1/)
    assert.match(note('制表'), /演示值班长/)
    assert.ok(note('单位'))
    await page.reload()
    await settled(page)
    const names = await page.locator('tbody th').allInnerTexts()
    let compared = 0
    for (const [i, name] of names.entries()) {
      const cells = rows.slice(head + 1).find((r) => r[0] === name && r[1] === '1 派警')
      if (!cells) continue // called since
      const links = page.locator('tbody tr').nth(i).getByRole('link')
      const n = Number(await links.nth(1).innerText())
      assert.ok(n >= Number(cells[3]) && n <= Number(cells[3]) + 3, `${name}: ${n} on the page, ${cells[3]} in the file`)
      if (n === Number(cells[3]) && n) {
        assert.equal(Number(await links.nth(2).innerText()), Number(cells[4]), `${name}: in time`)
        compared++
      }
    }
    assert.ok(compared > 2, `${compared} stations compared`)
    await window.context.request.get(t.base + '/v1/me')
  },

  'a new version of a clock is refused where it is wrong, loses nothing typed, and is then planned': async (t) => {
    const { page, window } = await t.as('command_centre', '/s/clock/definitions')
    await settled(page)
    await page.keyboard.press('n')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('主城区').fill('很快')
    await dialog.getByRole('button', { name: '保存规定' }).click()
    for (const fault of ['请填写生效日期', '请填写依据', '请写成 分:秒']) await dialog.getByText(fault).waitFor()
    const found = await axe(page)
    assert.equal(found.length, 0, told(found))
    await dialog.getByLabel('主城区').fill('7:30')
    await dialog.getByLabel('依据').fill('主城区提速试行')
    await dialog.getByLabel('生效日期').fill(today())
    await dialog.getByLabel('生效日期').press('Tab')
    window.allow(/400/)
    await dialog.getByRole('button', { name: '保存规定' }).click()
    await dialog.getByText('须至少提前 5 分钟').waitFor() // today has begun: the server says so, at the field
    assert.equal(await dialog.getByLabel('主城区').inputValue(), '7:30')
    const next = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date(Date.now() + 3 * 86_400_000))
    await dialog.getByLabel('生效日期').fill(next)
    await dialog.getByLabel('生效日期').press('Tab')
    await dialog.getByRole('button', { name: '保存规定' }).click()
    await dialog.waitFor({ state: 'detached' })
    const row = page.getByRole('row').filter({ hasText: '待生效' })
    await row.filter({ hasText: '7:30' }).filter({ hasText: '主城区提速试行' }).waitFor()
    assert.equal(await page.getByRole('row').filter({ hasText: '8 到场' }).filter({ hasText: '现行' }).count(), 1, 'the one in force stays in force until then')
  },
}
