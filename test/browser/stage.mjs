// What a test has: a city, a browser, people at their windows. Nothing that a test opens outlives it.
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { startBrowser } from './browser.mjs'
import { policyOf, root, startCity } from './house.mjs'
import { readRoutes } from './routes.mjs'

export const themes = ['dark', 'light', 'screen']
export const languages = ['zh-CN', 'en']

/** Why there can be no browser tests here, or undefined. */
export function lacking() {
  const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
  return existsSync(chromium) ? undefined : `${chromium} is missing (Debian package chromium)`
}

export async function setStage({ args = [], browser: how = [] } = {}) {
  const built = spawnSync('make', ['-s', '-C', root, 'build'], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (built.status !== 0) throw new Error('the program does not build')
  const routes = await readRoutes()
  const city = await startCity({ args })
  const browser = await startBrowser(...how).catch(async (e) => {
    await city.stop()
    throw e
  })
  const policy = await policyOf(city.base)
  const rights = new Map()

  /** Logs somebody with a role in at a window, without the door. */
  async function letIn(window, role) {
    const answer = await window.context.request.post(city.base + '/v1/demo/login', { data: { role, cookie: true } })
    if (!answer.ok()) throw new Error(`no visitor as ${role}: ${answer.status()} ${await answer.text()}`)
  }
  const get = (window) => async (path) => {
    const answer = await window.context.request.get(city.base + path)
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`)
    return answer.json()
  }
  /** What each role of the demonstration may do. */
  async function rightsOf() {
    if (rights.size) return rights
    for (const { role } of (await (await fetch(city.base + '/v1/demo/roles')).json()).items) {
      const window = await browser.window()
      await letIn(window, role)
      const r = await get(window)('/v1/me/rights')
      rights.set(role, new Set([...r.open, ...r.rights.flatMap((g) => g.permissions)]))
      await window.close()
    }
    return rights
  }
  /** The first role that may see a page, and the first that may not. */
  async function rolesFor(route) {
    const all = [...(await rightsOf())]
    const may = ([, can]) => !route.permission || can.has(route.permission)
    const order = ['dispatcher', 'station_leader', 'system_admin', 'security_admin', 'audit_admin', 'officer']
    all.sort(([a], [b]) => (order.indexOf(a) + 99) % 99 - (order.indexOf(b) + 99) % 99)
    return { may: all.find(may)?.[0], mayNot: all.find((r) => !may(r))?.[0] }
  }

  return { city, browser, policy, routes, letIn, get, rolesFor, stop: async () => { await browser.stop(); await city.stop() } }
}

/** Resolves when a page shows what it has to show: nothing loads, nothing is busy, its fonts are there.
     What the gallery shows as waiting for ever is marked data-always. */
export async function settled(page, { language } = {}) {
  const what = (l) => {
    const waits = [...document.querySelectorAll('.skeleton, [aria-busy="true"], .boot')].filter((e) => !e.closest('[data-always]')).map((e) => `${e.tagName} ${e.className}`)
    if (!document.querySelector('h1')) waits.push('no h1')
    if (l && document.documentElement.lang !== l) waits.push('language')
    if (document.fonts.status !== 'loaded') waits.push('fonts')
    return waits
  }
  const end = Date.now() + 20_000
  for (let quiet = 0; quiet < 3;) {
    const waits = await page.evaluate(what, language)
    quiet = waits.length ? 0 : quiet + 1
    if (Date.now() > end) throw new Error(`${page.url()} does not settle: ${waits.slice(0, 4).join(', ')}`)
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)) }))
  }
}

/** Changes how a page is shown, as another window of the same desk would. */
export async function show(page, prefs) {
  await page.evaluate((p) => {
    localStorage.setItem('zhian.prefs', JSON.stringify({ ...JSON.parse(localStorage.getItem('zhian.prefs') ?? '{}'), ...p }))
    dispatchEvent(new StorageEvent('storage', { key: 'zhian.prefs' }))
  }, prefs)
  await settled(page, { language: prefs.language })
}
