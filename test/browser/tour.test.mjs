// The demonstration: a city that lives, one clock for all, and a tour of one incident.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { enterAs } from './browser.mjs'
import { startCity } from './house.mjs'
import { settled, show, themes } from './stage.mjs'

const card = (page) => page.getByRole('complementary', { name: /一起警情的全过程|One incident, from call/ })

export const tests = {
  'within ten seconds of coming in the board lives': async (t) => {
    const window = await t.window()
    await window.context.addInitScript(() => {
      window.__frames = []
      const Socket = window.WebSocket
      window.WebSocket = class extends Socket {
        constructor(...a) {
          super(...a)
          this.addEventListener('message', (m) => window.__frames.push(JSON.parse(m.data).type))
        }
      }
    })
    const page = await enterAs(window, t.base, 'dispatcher', '/c')
    const from = Date.now()
    await page.getByRole('listbox').getByRole('option').first().waitFor()
    const rows = await page.getByRole('listbox').getByRole('option').count()
    assert.ok(rows >= 5, `${rows} incidents on the board`)
    await page.waitForFunction(() => window.__frames.filter((f) => /^(incident|unit|pace)\./.test(f)).length >= 3, undefined, { timeout: Math.max(1, 10_000 - (Date.now() - from)) }).catch(async (e) => { throw new Error(`${e.message}: ${await page.evaluate(() => window.__frames.join(' '))}`) })
    console.log(`     3 changes on the board ${((Date.now() - from) / 1000).toFixed(1)} s after coming in`)
  },

  'a tour walks through one incident while somebody works, and is taken up again as somebody else': async (t) => {
    const { window, page } = await t.as('dispatcher', '/c', { tour: true, size: 'desk' })
    await settled(page)
    await card(page).getByRole('button', { name: '开始导览' }).click()
    await card(page).getByText('选一起待派的警情').waitFor()
    await card(page).getByRole('button', { name: '接入一起演示警情' }).click()
    await card(page).getByText('看清 12358 时限').waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1)
    await page.locator('.track[data-tour="here"]').waitFor()
    await page.reload() // it goes on where it was
    await settled(page)
    await page.locator('.detail .track button').first().click() // as good as the button, and it opens to the entries
    await page.waitForURL(/\/s\/clock\/i\//)
    await card(page).getByText('派最近的警力').waitFor()
    await card(page).getByRole('button', { name: '回到警情' }).click()
    await page.waitForURL(/\/c\/i\//)
    await page.getByRole('region', { name: /推荐警力/ }).getByRole('listitem').first().waitFor()
    await page.locator('main').focus()
    await page.keyboard.press('d')
    await page.keyboard.press('1')
    await card(page).getByText('看推送、签收、到场').waitFor()
    await card(page).locator('.green', { hasText: '民警已签收' }).waitFor({ timeout: 40_000 })
    assert.equal((await t.get(window)('/v1/incidents/' + id)).assignments.length, 1)
    await card(page).getByRole('button', { name: '离开导览' }).click()
    assert.equal(await card(page).count(), 0)
    await page.getByRole('button', { name: '继续导览' }).click()
    await card(page).getByText('看推送、签收、到场').waitFor()
    if (await card(page).getByRole('button', { name: '跳过' }).count()) await card(page).getByRole('button', { name: '跳过' }).click()
    await card(page).getByText('时间线就是事实').waitFor()
    assert.ok(await card(page).getByRole('button', { name: '下一步' }).isVisible(), 'there is a button too')
    await page.locator('.detail .history h3 button').click()
    await card(page).getByText('从数字点回事实').waitFor()
    await card(page).getByRole('button', { name: '打开时限页' }).click()
    await page.waitForURL(/\/s\/clock$/)
    await page.getByRole('link', { name: '统计', exact: true }).click()
    await page.locator('tbody td a').first().click()
    await page.waitForURL(/judgements/)
    await card(page).getByText('谁都改不了，而且能证明').waitFor()
    await card(page).getByRole('button', { name: /以.+身份继续/ }).click()
    await page.waitForURL(/\/a\/audit/)
    await settled(page)
    await page.getByRole('grid').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: '核验这条记录' }).click()
    await page.locator('section.proof').waitFor()
    await page.keyboard.press('Escape')
    await card(page).getByText('导览完成').waitFor()
    await card(page).getByRole('button', { name: '完成' }).click()
    assert.equal(await card(page).count(), 0)
  },

  'the tour is offered in the demonstration alone to who can dispatch, fits a hand, and axe finds nothing': async (t) => {
    for (const [language, size] of [['zh-CN', 'desk'], ['en', 'hand'], ['en', 'desk']]) {
      const { page } = await t.as('dispatcher', '/c', { tour: true, language, size })
      await settled(page)
      await card(page).getByRole('button').first().waitFor()
      for (const theme of themes) {
        await show(page, { theme })
        const found = await axe(page, { within: '.tour' })
        if (found.length) t.wrong(`${theme}, ${language}:\n${told(found)}`)
      }
      const { width, height } = page.viewportSize()
      for (const at of [undefined, 'case', 'clocks', 'dispatch', 'arrive', 'timeline', 'report', 'proof']) {
        if (at) {
          await page.evaluate((step) => {
            localStorage.setItem('zhian.tour', JSON.stringify({ state: 'running', at: step, marks: [], seen: [] }))
            dispatchEvent(new StorageEvent('storage', { key: 'zhian.tour' }))
          }, at)
          await page.locator(`.tour .bar i.now:nth-child(${['case', 'clocks', 'dispatch', 'arrive', 'timeline', 'report', 'proof'].indexOf(at) + 1})`).waitFor({ state: 'attached' })
        }
        const box = await card(page).boundingBox()
        assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${at} ${language} ${JSON.stringify(box)}`)
        assert.equal(await card(page).evaluate((e) => e.scrollWidth > e.clientWidth), false, `${at} ${language}: nothing is cut`)
      }
    }
    const { page } = await t.as('system_admin', '/me', { tour: true })
    await settled(page)
    assert.equal(await card(page).count(), 0)
  },

  'an accelerated city says so on every page, and its pages go by its clock': async (t) => {
    const city = await startCity({ seed: 3, speed: 20 })
    try {
      for (const size of ['desk', 'hand']) {
        const window = await t.window({ size })
        const door = await window.open(city.base + '/login')
        await door.getByText('20 倍速').waitFor()
        await door.close()
        const page = await enterAs(window, city.base, 'dispatcher', '/c')
        await settled(page)
        for (const path of ['/c', '/me']) {
          await page.goto(city.base + path)
          await settled(page)
          const mark = page.getByText('20 倍速').first()
          await mark.waitFor()
          const box = await mark.boundingBox()
          assert.ok(box.width > 40 && box.x >= 0 && box.x + box.width <= page.viewportSize().width, `${path}, ${size}: ${JSON.stringify(box)}`)
        }
        const apart = await page.evaluate(async () => {
          const about = await (await fetch('/v1/about')).json()
          return Math.abs(Date.parse(document.querySelector('time.clock').dateTime) - Date.parse(about.now)) / about.speed
        })
        assert.ok(apart < 1500, `the page's clock is ${apart} ms of the world away from the city's`)
        await window.close()
      }
    } finally {
      await city.stop()
    }
  },
}
