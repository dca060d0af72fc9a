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
}
