// What must not leave anybody before an empty page.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { settled } from './stage.mjs'

const faultless = async (page) => {
  const found = await axe(page)
  assert.equal(found.length, 0, told(found))
}

export const tests = {
  'a browser that is too old is told so, in words and without a script error': async (t) => {
    for (const [language, words] of [['zh-CN', /浏览器版本过旧/], ['en', /too old/]]) {
      const window = await t.window({ language, offscreen: [() => { delete Object.hasOwn }] })
      await window.context.route('**/assets/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '/* a kernel of this age cannot read what follows */' }))
      const page = await window.open(t.base + '/c')
      await page.getByRole('heading', { name: words }).waitFor()
      await faultless(page)
    }
  },
  'a page whose parts do not come says so and can be asked for again': async (t) => {
    const window = await t.window()
    window.allow(/Failed to load resource|ERR_FAILED/)
    let broken = true
    await window.context.route('**/assets/*.js', (route) => (broken ? route.abort() : route.continue()))
    const page = await window.open(t.base + '/login')
    await page.getByRole('heading', { name: '页面没有加载完整' }).waitFor()
    await faultless(page)
    broken = false
    await page.getByRole('button', { name: '重新加载' }).click()
    await page.getByRole('button', { name: /派警员/ }).first().waitFor()
  },
  'a session that ends under the hands asks for the way in again, and what was written is still there': async (t) => {
    const { window, page } = await t.as('dispatcher', '/me')
    window.allow(/401|No valid credentials|no valid credentials/)
    await settled(page)
    const box = page.locator('main input[type=password]').first()
    await box.fill('what was being written')
    await window.context.request.post(t.base + '/v1/logout')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await faultless(page)
    await dialog.getByRole('button').first().click()
    await dialog.waitFor({ state: 'hidden' })
    assert.equal(await box.inputValue(), 'what was being written')
    assert.equal(new URL(page.url()).pathname, '/me')
    assert.equal((await window.context.request.get(t.base + '/v1/me')).status(), 200)
  },
  'without WebGL there is a plan in place of the map, with the same things on it': async (t) => {
    const window = await t.window({ offscreen: [() => { HTMLCanvasElement.prototype.getContext = () => null }] })
    await t.letIn(window, 'dispatcher')
    const page = await window.open(t.base + '/c')
    await settled(page)
    await page.locator('.map svg').first().waitFor()
    await page.getByRole('listbox').getByRole('option').first().click()
    await page.getByRole('option', { selected: true }).waitFor() // the queue goes on: it need not be the first any more
    await page.locator('.map svg .point.on').waitFor()
    await faultless(page)
  },
}
