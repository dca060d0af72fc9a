// What holds for every page that is registered, in every theme and language.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { sizes } from './browser.mjs'
import { addressOf } from './routes.mjs'
import { languages, settled, show, themes } from './stage.mjs'

/** Visits every page as the first role that may see it, in one window for each role. */
async function everyPage(t, language, visit) {
  const windows = new Map()
  for (const route of t.routes) {
    const { may } = route.open ? { may: 'nobody' } : await t.rolesFor(route)
    if (!may) {
      t.wrong(`${route.path}: nobody in the demonstration may see it (${route.permission})`)
      continue
    }
    if (!windows.has(may)) {
      const window = await t.window({ size: route.size, language })
      if (!route.open) await t.letIn(window, may)
      windows.set(may, window)
    }
    const window = windows.get(may)
    const page = await window.open(t.base + await addressOf(route, t.get(window)))
    await page.setViewportSize(sizes[route.size])
    await settled(page, { language })
    await visit(page, route)
    for (const w of await window.troubles()) t.wrong(`${route.path} in ${language}: ${w}`)
    await page.close()
  }
}

/** What one visit of a page tells: whether it fits a desk, and a desk at 200 %; what axe finds in each theme. */
const holds = (language) => [`every page fits its screen, also at 200 %, and is free of faults that axe finds in three themes, in ${language}`, (t) => everyPage(t, language, async (page, route) => {
  for (const size of [{ width: 683, height: 384 }, sizes[route.size]]) {
    await page.setViewportSize(size)
    await settled(page)
    const over = await page.evaluate(() => {
      const wide = [document.scrollingElement, document.querySelector('main')].filter((e) => e && e.scrollWidth > e.clientWidth + 1)
      return wide.map((e) => `${e.tagName} ${e.scrollWidth} > ${e.clientWidth}`)
    })
    if (over.length) t.wrong(`${route.path} at ${size.width}, ${language}: ${over.join(', ')}`)
  }
  const seen = new Map()
  for (const theme of themes) {
    await show(page, { theme })
    for (const v of await axe(page)) {
      const text = told([v])
      seen.set(text, [...(seen.get(text) ?? []), theme])
    }
  }
  for (const [text, in_] of seen) t.wrong(`${route.path}, ${in_.join(' ')}, ${language}:\n${text}`)
})]

export const tests = Object.fromEntries([
  ...languages.map(holds),
  ['a page says who may not see it', async (t) => {
    for (const route of t.routes.filter((r) => r.permission)) {
      const { mayNot } = await t.rolesFor(route)
      if (!mayNot) continue
      const window = await t.window({ language: 'en' })
      await t.letIn(window, mayNot)
      const page = await window.open(t.base + await addressOf(route, t.get(window)))
      await page.locator('.state.denied', { hasText: route.permission }).waitFor()
    }
  }],
  ['the crawl itself fails on what must not happen', async (t) => {
    const window = await t.window()
    const page = await window.open(t.base + '/login')
    await settled(page)
    await page.evaluate(async () => {
      console.error('planted: an error')
      const style = document.createElement('style')
      style.textContent = 'body { color: red }'
      document.head.append(style)
      const image = document.createElement('img')
      image.src = 'https://example.org/planted.png'
      document.getElementById('main').append(image)
      await new Promise((done) => image.addEventListener('error', done))
    })
    const found = await axe(page)
    assert.ok(found.some((v) => v.id === 'image-alt'), 'axe finds a picture without words')
    const troubles = (await window.troubles()).join('\n')
    assert.match(troubles, /console: planted/)
    assert.match(troubles, /policy: style-src/)
    assert.match(troubles, /policy: img-src|foreign request: .*planted/)
  }],
])
