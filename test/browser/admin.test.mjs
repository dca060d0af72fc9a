// Administration: roles, grants with their explanation, accounts, organisations.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { settled } from './stage.mjs'

/** Picks somebody in a box that searches. */
async function pick(page, box, text) {
  await box.click()
  await box.fill(text)
  await page.getByRole('option').filter({ hasText: text }).first().click()
}
const harmless = async (t, page) => {
  for (const v of await axe(page)) t.wrong(told([v]))
}

export const tests = {
  'grants: a role is given, explained, and taken back': async (t) => {
    const { page } = await t.as('security_admin', '/a/grants')
    await settled(page)
    await page.getByRole('button', { name: '授予角色' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: '授予角色' }).click()
    await dialog.getByText('请选择人员').waitFor()
    await harmless(t, page)
    await pick(page, dialog.getByLabel('人员'), 'officer')
    await dialog.getByLabel('角色').click()
    await page.getByRole('option', { name: '所领导' }).click()
    await dialog.getByLabel('范围').click()
    const tree = page.getByRole('treeitem')
    const org = await tree.first().locator('.cut').innerText()
    await tree.first().click()
    await dialog.getByLabel('理由').fill('临时代理')
    await dialog.getByRole('button', { name: '授予角色' }).click()
    await dialog.waitFor({ state: 'detached' })
    const row = page.getByRole('row').filter({ hasText: '临时代理' })
    await row.waitFor()
    assert.match(await row.innerText(), new RegExp(`所领导[\\s\\S]*${org}及下级[\\s\\S]*有效`))

    const who = (await row.getByRole('gridcell').first().innerText()).trim()
    await page.getByRole('tab', { name: '解释权限' }).click()
    await pick(page, page.getByLabel('人员'), who)
    await pick(page, page.getByLabel('要做的事'), '更正警情')
    await page.getByText(new RegExp(`${who} 可以：更正警情`)).waitFor()
    const carries = page.locator('li.carries')
    assert.equal(await carries.count(), 1, 'one grant carries it')
    assert.equal(await carries.locator('.breaks').count(), 0)
    await page.locator('input').nth(1).waitFor()
    await pick(page, page.getByLabel('要做的事'), '管理账号')
    await page.getByText(new RegExp(`${who} 不可以：管理账号`)).waitFor()
    assert.equal(await page.locator('li.carries').count(), 0)
    await harmless(t, page)

    await page.getByRole('tab', { name: '授权记录' }).click()
    await row.click()
    await page.getByRole('button', { name: '收回授权' }).click()
    await page.getByText(/收回后立即失去/).waitFor()
    await page.getByRole('button', { name: '确认收回' }).click()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('switch', { name: '只看有效的' }).click()
    await row.waitFor()
    assert.match(await row.innerText(), /已收回/)
  },
  'roles: three administrators are shown apart, and nobody can be two of them': async (t) => {
    const { window, page } = await t.as('security_admin', '/a/roles')
    window.allow(/409/)
    await settled(page)
    await page.getByText(/同一人不得兼任其中两种/).waitFor()
    const holder = (await page.locator('.people a').first().innerText()).trim()
    await page.getByRole('button', { name: '民警' }).click()
    await page.getByText('签收、到场、反馈').waitFor()
    assert.equal(await page.getByText(/同一人不得兼任其中两种/).count(), 0)
    await page.goto(`${t.base}/a/grants`)
    await settled(page)
    await page.getByRole('button', { name: '授予角色' }).click()
    const dialog = page.getByRole('dialog')
    await pick(page, dialog.getByLabel('人员'), holder)
    await dialog.getByLabel('角色').click()
    await page.getByRole('option', { name: '审计管理员' }).click()
    await dialog.getByLabel('范围').click()
    await page.getByRole('treeitem').first().click()
    await dialog.getByLabel('理由').fill('x')
    await dialog.getByRole('button', { name: '授予角色' }).click()
    await dialog.getByText(/三员分立，不得兼任/).waitFor()
    assert.equal(await dialog.getByLabel('理由').inputValue(), 'x', 'nothing typed is lost')
  },
  'grants: an auditor sees them and can change nothing': async (t) => {
    const { page } = await t.as('audit_admin', '/a/grants')
    await settled(page)
    assert.equal(await page.getByRole('button', { name: '授予角色' }).count(), 0)
    await page.getByRole('row').nth(1).click()
    await page.getByRole('dialog').waitFor()
    assert.equal(await page.getByRole('button', { name: '收回授权' }).count(), 0)
  },
}
