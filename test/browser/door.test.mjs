// The way into the demonstration, and out of it.
import assert from 'node:assert/strict'
import { settled } from './stage.mjs'

export const tests = {
  'a dispatcher comes in by the role picker, finds a living console, and leaves': async (t) => {
    const { window, page } = await t.as('dispatcher', '/')
    await settled(page)
    assert.equal(new URL(page.url()).pathname, '/c')
    const cookies = (await window.context.cookies()).filter((c) => c.httpOnly && c.sameSite === 'Lax')
    assert.equal(cookies.length, 1, 'one cookie that no script can read')
    assert.equal(await page.evaluate(() => document.cookie), '')
    await page.getByRole('listbox').getByRole('option').first().waitFor()
    const again = await window.open(t.base + '/')
    await settled(again)
    assert.equal(new URL(again.url()).pathname, '/c', 'a second window needs no door')
    await again.close()
    await page.locator('.who').click()
    await page.getByRole('menuitem', { name: /退出/ }).click()
    await page.waitForURL((u) => u.pathname === '/login')
    assert.equal((await window.context.request.get(t.base + '/v1/me')).status(), 401)
  },
  'somebody who is not logged in is led to the door, and from it to where they wanted': async (t) => {
    const window = await t.window({ language: 'en' })
    window.allow(/401 .*\/v1\/me$/) // the question whether somebody is here
    const page = await window.open(t.base + '/me')
    await page.getByRole('button', { name: /Dispatcher/ }).click()
    await page.waitForURL((u) => u.pathname === '/me')
    await settled(page)
  },
  'the door leads to no other origin': async (t) => {
    const { page } = await t.as('dispatcher', '//example.org/')
    assert.equal(new URL(page.url()).origin, t.base)
  },
}
