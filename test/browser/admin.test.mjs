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
  'accounts: one is made, its link shown once, locked, unlocked, turned off and on': async (t) => {
    const { window, page } = await t.as('system_admin', '/a/users')
    window.allow(/409/)
    await settled(page)
    const make = async (login) => {
      await page.getByRole('button', { name: '新建账号' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('登录名').fill(login)
      await dialog.getByLabel('姓名').fill('周试')
      await dialog.getByLabel('所在机构').click()
      await page.getByRole('treeitem').nth(1).click()
      await dialog.getByRole('button', { name: '新建账号' }).click()
      return dialog
    }
    let dialog = await make('zhou.shi')
    const link = await dialog.getByLabel('一次性链接').inputValue()
    assert.match(link, /\/setup#.{20,}/)
    await harmless(t, page)
    await page.keyboard.press('Escape')
    assert.ok(await dialog.isVisible(), 'what is shown once does not go away by a slip')
    await dialog.getByRole('button', { name: '已交给本人' }).click()
    dialog = await make('zhou.shi')
    await dialog.getByText('这个登录名已被使用').waitFor()
    assert.equal(await dialog.getByLabel('姓名').inputValue(), '周试', 'nothing typed is lost')
    await dialog.getByRole('button', { name: '取消' }).click()

    const other = await t.window()
    const setup = await other.open(link)
    await setup.getByLabel('新密码').fill('Zhou-shi-2026!')
    await setup.getByLabel('再输入一次').fill('Zhou-shi-2026!')
    await setup.getByRole('button', { name: '设置并登录' }).click()
    await setup.waitForURL((u) => u.pathname !== '/setup')

    await page.getByRole('searchbox', { name: '姓名或登录名' }).fill('zhou.shi')
    const row = page.getByRole('row').filter({ hasText: 'zhou.shi' })
    await page.waitForFunction(() => document.querySelectorAll('[role="row"]').length === 2)
    await page.reload()
    await settled(page)
    await page.getByRole('searchbox', { name: '姓名或登录名' }).fill('zhou.shi')
    await page.waitForFunction(() => document.querySelectorAll('[role="row"]').length === 2)
    await row.filter({ hasText: '正常' }).click()
    const drawer = page.getByRole('dialog')
    const act = async (name, reason, then) => {
      await drawer.getByRole('button', { name, exact: true }).click()
      const ask = page.getByRole('dialog', { name, exact: true })
      if (reason) await ask.getByLabel('理由').fill(reason)
      await ask.getByRole('button', { name, exact: true }).click()
      await ask.waitFor({ state: 'detached' })
      await drawer.getByText(then, { exact: true }).first().waitFor()
    }
    await act('锁定', '外借设备', '已锁定')
    other.allow(/401|403/)
    await act('解锁', undefined, '正常')
    await act('停用', '离职', '已停用')
    assert.equal(await drawer.getByRole('button', { name: '锁定', exact: true }).count(), 0)
    await act('启用', undefined, '正常')
    await harmless(t, page)
  },
  'accounts: a security administrator sees them, and ends sessions only': async (t) => {
    const { page } = await t.as('security_admin', '/a/users')
    await settled(page)
    assert.equal(await page.getByRole('button', { name: '新建账号' }).count(), 0)
    await page.getByRole('row').nth(1).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('heading', { name: '登录中的会话' }).waitFor()
    assert.equal(await drawer.getByRole('button', { name: '停用', exact: true }).count(), 0)
  },
}
