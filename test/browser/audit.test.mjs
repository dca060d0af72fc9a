// The audit log: asked as a sentence, opened, proved in the browser, and not proved when a byte is another one.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { settled } from './stage.mjs'

const check = (page) => page.getByRole('button', { name: '核验这条记录' })

/** Opens the last row that is shown, by keyboard: what is young may not be signed yet. */
async function openLast(page) {
  await page.getByRole('grid').focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
}

export const tests = {
  'an auditor asks, opens a record, and proves it in the browser': async (t) => {
    const { page } = await t.as('audit_admin', '/a/audit/grants')
    await settled(page)
    const grid = page.getByRole('grid')
    await openLast(page)
    const drawer = page.getByRole('dialog')
    await drawer.getByText('变更前后').waitFor()
    await drawer.getByRole('rowheader', { name: '角色' }).waitFor()
    const asked = []
    page.on('request', (r) => asked.push(`${r.method()} ${new URL(r.url()).pathname}`))
    await check(drawer).click()
    await drawer.getByText('核验通过', { exact: true }).waitFor()
    assert.ok(await drawer.getByText(/本浏览器首次核验/).isVisible(), 'it says that it knew no checkpoint before')
    assert.ok(await drawer.getByText(/未证明/).isVisible(), 'it says what was not proved')
    assert.match(await drawer.locator('code').innerText(), /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/)
    assert.deepEqual(asked.filter((a) => !a.startsWith('GET ')), [], 'nothing is sent')
    for (const v of await axe(page)) t.wrong(told([v]))
    await check(drawer).click()
    await drawer.getByText(/由本浏览器 .* 记下的/).waitFor()
    await drawer.getByRole('button', { name: '同一对象的记录' }).click()
    await page.waitForURL(/object=grants/)
    await settled(page)
    assert.equal(await grid.getByRole('row').count(), 2, 'the head and the one record of this grant')
  },
  'one changed byte, wherever it is, is found': async (t) => {
    const { page } = await t.as('audit_admin', '/a/audit/accounts')
    await settled(page)
    await openLast(page)
    const drawer = page.getByRole('dialog')
    let at = 0.98
    await page.route('**/v1/audit/accounts/proof**', async (route) => {
      const answer = await route.fetch()
      const body = await answer.body()
      body[Math.floor(body.length * at)] ^= 1
      await route.fulfill({ response: answer, body })
    })
    for (at of [0.98, 0.8, 0.6]) {
      const asked = page.waitForResponse(/audit-checkpoint/)
      await check(drawer).click()
      await asked
      await drawer.getByText(/核验不通过|不是存证文件/).first().waitFor()
      assert.equal(await drawer.getByText('核验通过', { exact: true }).count(), 0)
    }
  },
  'a log that was rewritten since this browser last looked is found': async (t) => {
    const { page } = await t.as('audit_admin', '/a/audit/accounts')
    await settled(page)
    await openLast(page)
    const drawer = page.getByRole('dialog')
    await check(drawer).click()
    await drawer.getByText('核验通过', { exact: true }).waitFor()
    await page.route('**/v1/audit-checkpoint**', async (route) => {
      const answer = await route.fetch()
      const promise = await answer.json()
      await route.fulfill({ response: answer, json: { ...promise, path: ['A'.repeat(43) + '='] } })
    })
    await check(drawer).click()
    await drawer.getByText(/历史已被改写/).waitFor()
  },
  'what is asked stands in the address, is kept under a name, and can be exported': async (t) => {
    const { page } = await t.as('audit_admin', '/a/audit/behaviour', { language: 'en' })
    await settled(page)
    await page.getByRole('textbox', { name: 'Did what' }).fill('audit')
    await page.getByRole('button', { name: 'Look', exact: true }).click()
    await page.waitForURL(/q=audit/)
    await settled(page)
    await page.getByRole('button', { name: 'Saved questions' }).click()
    await page.getByRole('menuitem', { name: 'Keep this question' }).click()
    await page.getByLabel('Name').fill('who reads the log')
    await page.getByRole('dialog').getByRole('button', { name: 'Keep this question' }).click()
    await page.getByRole('button', { name: 'Clear the question' }).or(page.getByRole('button', { name: 'Clear' })).first().click()
    await page.waitForURL((u) => u.search === '')
    await page.getByRole('button', { name: 'Saved questions' }).click()
    await page.getByRole('menuitem', { name: 'who reads the log' }).click()
    await page.waitForURL(/q=audit/)
    await settled(page)
    await page.getByRole('button', { name: 'Export' }).click()
    const file = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'With proofs' }).click()
    assert.match((await file).suggestedFilename(), /\.zhian-proof$/)
  },
  'a time is drawn over the histogram by mouse or chosen by keys, and stands in the address': async (t) => {
    const { window, page } = await t.as('audit_admin', '/a/audit/behaviour')
    await settled(page)
    const spread = page.getByRole('region', { name: '时间分布' })
    const bars = spread.locator('.plot i')
    assert.equal(await bars.count(), 30, 'the last thirty days')
    assert.equal(await spread.getByRole('button').count(), 0, 'nothing is chosen, nothing to apply')

    const last = await bars.last().boundingBox()
    await page.mouse.click(last.x + last.width / 2, last.y + last.height / 2)
    const day = /from=(\d{4}-\d\d-\d\d)&to=\1$/
    await page.waitForURL(day)
    await page.waitForFunction(() => document.querySelectorAll('.plot:not(.waits) i').length === 24)
    const bar = async (i) => { const b = await bars.nth(i).boundingBox(); return [b.x + b.width / 2, b.y + b.height / 2] }
    await page.mouse.move(...await bar(3))
    await page.mouse.down()
    await page.mouse.move(...await bar(1))
    await spread.getByText(/^01:00 至 04:00，\d+ 条$/).waitFor()
    await page.mouse.up()
    await page.waitForURL(/from=\d{4}-\d\d-\d\dT01(:|%3A)00&to=\d{4}-\d\d-\d\dT04(:|%3A)00$/)
    await settled(page)
    await page.goBack()
    await page.waitForURL(day)
    await page.waitForFunction(() => document.querySelectorAll('.plot:not(.waits) i').length === 24)

    const hour = Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'Asia/Shanghai' }).format(new Date()))
    const [from, to] = [spread.getByRole('slider', { name: '起始' }), spread.getByRole('slider', { name: '截止' })]
    await from.focus()
    await page.keyboard.press('ArrowRight')
    await spread.getByRole('button', { name: '只看这段时间' }).waitFor()
    for (const v of await axe(page)) t.wrong(told([v]))
    await page.keyboard.press('Escape')
    await spread.getByRole('button', { name: '只看这段时间' }).waitFor({ state: 'detached' })
    for (let i = 0; i < hour; i++) await page.keyboard.press('ArrowRight')
    assert.equal(await from.getAttribute('aria-valuenow'), String(hour))
    await to.focus()
    await page.keyboard.press('Home')
    assert.equal(await to.getAttribute('aria-valuenow'), String(hour + 1), 'a bar stays between the ends')
    const chosen = Number((await to.getAttribute('aria-valuetext')).match(/所选 ([\d,]+) 条/)[1].replaceAll(',', ''))
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`from=.*T${String(hour).padStart(2, '0')}`))
    await settled(page)
    const begins = new URL(page.url()).searchParams.get('from')
    const rows = (await t.get(window)(`/v1/audit/behaviour?limit=1000&from=${begins}:00%2B08:00`)).items
    assert.ok(chosen > 0 && rows.length >= chosen, `${chosen} counted, ${rows.length} there`)
    await page.goto(page.url()) // as somebody who was sent it
    await settled(page)
    assert.ok(await bars.count() > 1)
    await spread.getByRole('button', { name: '放宽时间' }).click()
    await page.waitForURL(day)
  },
}
