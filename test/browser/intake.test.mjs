// A call is taken: typed in one line, placed, compared with others, saved, dispatched; and nothing of it is ever lost.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { settled, show, themes } from './stage.mjs'

const place = '/c/intake'
const line = (page) => page.getByRole('textbox', { name: /来电内容|What the caller says/ })
const address = (page) => page.getByRole('combobox', { name: /^(地址|Address)/ })

/** An address of the city that the gazetteer settles by itself, somewhere in the list. */
async function known(t, window, nth) {
  const { items } = await t.get(window)('/v1/places/addresses?limit=400')
  return items[(nth * 37) % items.length]
}

/** Two streets of one name, in two towns. */
async function sameName(t) {
  const window = await t.window()
  await t.letIn(window, 'system_admin')
  for (const [town, lon] of [['东城街道', 120.04], ['西城街道', 120.01]]) {
    const a = await window.context.request.post(t.base + '/v1/places/addresses', { data: { name: `${town}试航街12号`, point: { lat: 28.9, lon }, datum: 'wgs84', uncertainty_m: 10 } })
    assert.ok(a.ok() || a.status() === 409, await a.text())
  }
  await window.close()
}

const count = (page) => page.evaluate(() => {
  window.__strokes = 0
  addEventListener('keydown', () => window.__strokes++, true)
})
const incidents = async (t, window, text) => (await t.get(window)('/v1/incidents?limit=100')).items.filter((i) => i.address.includes(text))

export const tests = {
  'a call is typed, saved and dispatched within 12 seconds, by the keyboard alone': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c')
    await settled(page)
    const a = await known(t, window, 1)
    const from = Date.now()
    await page.keyboard.press('n')
    await line(page).waitFor()
    await page.keyboard.type(`${a.name} 邻里争执 2人 无伤 10000001234`, { delay: 25 })
    await page.locator('.spot').waitFor()
    await count(page)
    await page.keyboard.press('Control+Enter')
    await page.locator('.toast', { hasText: /已派/ }).waitFor()
    const took = (Date.now() - from) / 1000
    const strokes = await page.evaluate(() => window.__strokes)
    console.log(`     intake to dispatched: ${took.toFixed(1)} s; beside the text of the line ${strokes} keystrokes (Ctrl, Enter)`)
    assert.ok(took <= 12, `${took} s`)
    assert.equal(strokes, 2)
    const [row] = (await t.get(window)('/v1/incidents?limit=20')).items.filter((i) => i.address === a.name && i.source === 'console')
    assert.equal(new URL(page.url()).pathname, '/c/i/' + row.id, 'the console shows it')
    const one = await t.get(window)('/v1/incidents/' + row.id)
    assert.equal(one.kind_code, '4')
    assert.equal(one.assignments.length, 1)
    assert.ok(one.narrative.includes('邻里争执') && !one.narrative.includes('1234'), one.narrative)
    assert.equal(one.has_contact, true)
    assert.equal(one.place_unsettled ?? false, false)
    assert.ok(!(one.risk.reasons ?? []).includes('injury'), 'nobody is hurt')
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('10000001234')), false, 'no phone stays on the machine')
  },

  'of streets of one name nothing is taken silently: saving waits for the choice': async (t) => {
    await sameName(t)
    const { window, page } = await t.as('dispatcher', place)
    await settled(page)
    await page.keyboard.type('试航街12号 电动车被偷')
    const options = page.getByRole('listbox', { name: '候选地点' }).getByRole('option')
    await options.nth(1).waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('请选择地点，或注明说不清地点').waitFor()
    assert.equal((await incidents(t, window, '试航街')).length, 0, 'nothing was saved')
    await line(page).focus()
    await page.keyboard.press('Enter') // leads to what is open
    await page.keyboard.press('ArrowDown')
    const wanted = await options.nth(1).locator('b').textContent()
    await page.keyboard.press('Enter')
    await page.locator('.spot').waitFor()
    await line(page).focus()
    await page.keyboard.press('End')
    await page.keyboard.type(' 五金城 2人') // the choice was a hand's: the line does not change it
    await page.keyboard.press('Control+s')
    await page.locator('.toast', { hasText: '已保存' }).waitFor()
    const [row] = await incidents(t, window, '试航街')
    assert.ok(row.address.includes(wanted.replace(/^(东|西)城街道/, '')), `${row.address} for ${wanted}`)
    assert.ok(row.position && row.station_id)
  },

  'a place that nobody can name is said to be unknown, and the call is taken': async (t) => {
    const { window, page } = await t.as('dispatcher', place)
    await settled(page)
    await page.keyboard.type('孩子不见了 10000009999')
    await page.keyboard.press('Control+s')
    await page.getByText('请选择地点，或注明说不清地点').waitFor()
    await page.getByRole('checkbox', { name: '报警人说不清地点' }).press('Space')
    await page.keyboard.press('Control+s')
    await page.locator('.toast', { hasText: '已保存' }).waitFor()
    const row = (await t.get(window)('/v1/incidents?limit=10')).items.find((i) => i.source === 'console' && !i.position)
    assert.equal((await t.get(window)('/v1/incidents/' + row.id)).place_unsettled, true)
  },

  'a second call about the same event is seen beside the first, and merged by a person': async (t) => {
    const { window, page } = await t.as('dispatcher', place)
    await settled(page)
    const a = await known(t, window, 3)
    const first = await window.context.request.post(t.base + '/v1/incidents', { data: { kind_code: '4', address: a.name, position: { ...a.point } } })
    const { id, number } = await first.json()
    await line(page).focus()
    await page.keyboard.type(`${a.name} 吵架 10000008888`)
    const near = page.getByRole('region', { name: '疑似重复' })
    await near.getByText(number).waitFor()
    await near.getByRole('listitem').filter({ hasText: number }).getByRole('button', { name: '合并' }).click()
    await page.getByRole('button', { name: /保存并合并/ }).waitFor()
    assert.equal(await page.getByRole('button', { name: /保存并派警/ }).count(), 0)
    await page.keyboard.press('Control+s')
    await page.locator('.toast', { hasText: `已并入 ${number}` }).waitFor()
    const one = await t.get(window)('/v1/incidents/' + id)
    assert.equal(one.absorbed.length, 1)
    assert.equal((await t.get(window)('/v1/incidents/' + one.absorbed[0])).has_contact, true, 'the second caller is kept')
  },

  'a closed tab loses nothing: the draft is offered, finished, and gone once saved': async (t) => {
    const { window, page } = await t.as('dispatcher', place)
    await settled(page)
    const a = await known(t, window, 5)
    await page.keyboard.type(`${a.name} 漏水纠纷 10000007777`)
    await page.getByText(/草稿已存本机/).waitFor()
    await page.close()
    const again = await window.open(t.base + place)
    await settled(again)
    await again.keyboard.type('新的来电')
    await again.getByRole('button', { name: '继续填写' }).click()
    assert.equal(await line(again).inputValue(), `${a.name} 漏水纠纷 10000007777`)
    assert.equal(await again.getByRole('button', { name: '继续填写' }).count(), 1, 'what was begun meanwhile is a draft too')
    await again.getByRole('button', { name: '丢弃' }).click()
    await again.locator('.spot').waitFor()
    await again.keyboard.press('Control+s')
    await again.locator('.toast', { hasText: '已保存' }).waitFor()
    assert.deepEqual(await again.evaluate(() => Object.keys(localStorage).filter((k) => k.includes('draft'))), [])
  },

  'what is saved without a network is kept, sent again under one key, and taken once': async (t) => {
    const { window, page } = await t.as('dispatcher', place)
    await settled(page)
    window.allow(/Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket/)
    const a = await known(t, window, 7)
    const keys = []
    let lost = 0
    // The first answer is lost on its way: the server has done it, the page does not know.
    await page.route('**/v1/incidents', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback()
      keys.push(route.request().headers()['idempotency-key'])
      if (lost++ < 5) {
        if (lost === 1) await route.fetch()
        return route.abort('failed')
      }
      return route.fallback()
    })
    await page.keyboard.type(`${a.name} 停水`)
    await page.locator('.spot').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('1 起警情还没有送达').waitFor({ timeout: 20_000 })
    await page.waitForFunction(() => document.querySelector('.line textarea').value === '') // the next call can be taken
    await page.locator('.toast', { hasText: /已保存|已补送达/ }).waitFor({ timeout: 40_000 })
    assert.equal(new Set(keys).size, 1, 'one key for all attempts')
    assert.ok(keys.length >= 6)
    const rows = (await t.get(window)('/v1/incidents?limit=100')).items.filter((i) => i.address === a.name && i.source === 'console')
    assert.equal(rows.length, 1, 'taken once')
  },

  'a call that a node holds while the database is out is said to be held, and not to be dispatched': async (t) => {
    const { page } = await t.as('dispatcher', place)
    await settled(page)
    await page.route('**/v1/incidents', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 202, json: { id: 'held-1', held: true, held_at: '2026-11-25T06:00:00Z' } }) : route.fallback()))
    await page.keyboard.type('孩子不见了')
    await page.getByRole('checkbox', { name: '报警人说不清地点' }).press('Space')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('alert').filter({ hasText: '已由本机房代存' }).waitFor()
    assert.equal(await line(page).inputValue(), '')
    assert.equal(await page.locator('.toast').count(), 0, 'nothing says that it is saved or sent')
  },

  'what the operator sets stays; questions become lines of the record; a call-taker sends nobody': async (t) => {
    const { window, page } = await t.as('call_taker', '/')
    await settled(page)
    assert.equal(new URL(page.url()).pathname, place, 'a call-taker begins with the next call')
    assert.equal(await page.getByRole('button', { name: /保存并派警/ }).count(), 0)
    const a = await known(t, window, 9)
    await page.keyboard.type(`${a.name} 邻里争执`)
    const kind = page.getByRole('combobox', { name: /类别/ })
    await kind.fill('za')
    await page.locator('.option', { hasText: '行政' }).click()
    await line(page).focus()
    await page.keyboard.press('End')
    await page.keyboard.type(' 交通事故')
    assert.match(await kind.inputValue(), /行政/)
    const script = page.getByRole('region', { name: '询问要点' })
    await script.getByRole('group', { name: /刀、棍/ }).getByRole('button', { name: '否' }).click()
    await script.getByRole('group', { name: /受伤/ }).getByRole('button', { name: '是' }).click()
    await page.locator('.spot').waitFor()
    await page.keyboard.press('Control+s')
    await page.locator('.toast', { hasText: '已保存' }).waitFor()
    const row = (await t.get(window)('/v1/incidents?limit=20')).items.find((i) => i.address === a.name && i.source === 'console')
    const one = await t.get(window)('/v1/incidents/' + row.id)
    assert.equal(one.kind_code, '2')
    assert.ok(one.narrative.includes('器械：无\n伤情：有人受伤'), one.narrative)
    assert.ok(one.risk.reasons.includes('injury') && !one.risk.reasons.includes('weapon'), String(one.risk.reasons))
  },

  'the pin is moved by the keyboard, and what was typed stays': async (t) => {
    const { window, page } = await t.as('dispatcher', place)
    await settled(page)
    const a = await known(t, window, 11)
    await page.keyboard.type(`${a.name} 停电`)
    await page.getByRole('button', { name: '在地图上调整' }).click()
    const pin = page.locator('.map .pin')
    await pin.press('Shift+ArrowUp')
    await pin.press('Shift+ArrowUp')
    await page.locator('.spot', { hasText: '已在地图上定位' }).waitFor()
    await page.keyboard.press('Control+s')
    await page.locator('.toast', { hasText: '已保存' }).waitFor()
    const row = (await t.get(window)('/v1/incidents?limit=20')).items.find((i) => i.address === a.name && i.source === 'console')
    const north = (row.position.lat - a.point.lat) * 111_195
    assert.ok(north > 90 && north < 110, `${north} m`)
  },

  'Escape folds the intake; what was written is there again': async (t) => {
    const { page } = await t.as('dispatcher', '/c')
    await settled(page)
    await page.keyboard.press('n')
    await line(page).waitFor()
    await page.keyboard.type('望春小区 争吵')
    await page.keyboard.press('Escape')
    await page.waitForURL((u) => u.pathname === '/c')
    assert.equal(await line(page).count(), 0)
    await page.keyboard.press('n')
    await page.getByRole('button', { name: '继续填写' }).click()
    assert.equal(await line(page).inputValue(), '望春小区 争吵')
  },

  'a point that was typed is taken only with its datum': async (t) => {
    const { page } = await t.as('dispatcher', place)
    await settled(page)
    await page.keyboard.type('28.903210,120.041230 车祸')
    await page.getByText('请选择坐标的来源').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('请选择地点，或注明说不清地点').waitFor()
    await page.getByRole('radio', { name: /GCJ-02/ }).click()
    await page.locator('.spot').waitFor()
  },

  'intake is free of faults that axe finds while it is full, in three themes': async (t) => {
    await sameName(t)
    for (const language of ['zh-CN', 'en']) {
      const { page } = await t.as('dispatcher', place, { language, size: 'desk' })
      await settled(page)
      await page.keyboard.type('试航街12号 打架 有人拿刀 3人 10000001234')
      await page.getByRole('listbox').getByRole('option').nth(1).waitFor()
      await page.keyboard.press('Control+s')
      for (const theme of themes) {
        await show(page, { theme })
        const found = await axe(page)
        if (found.length) t.wrong(`${theme}, ${language}:\n${told(found)}`)
      }
      assert.equal(await address(page).getAttribute('aria-invalid'), 'true')
    }
  },
}
