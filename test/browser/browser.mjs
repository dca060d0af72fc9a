// Chromium, and pages that notice what must not happen.
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(new URL('../../web/package.json', import.meta.url))
const { chromium } = require('playwright-core')

const flags = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--force-color-profile=srgb',
  '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--autoplay-policy=user-gesture-required']

export const sizes = { desk: { width: 1366, height: 768 }, wide: { width: 1920, height: 1080 }, hand: { width: 412, height: 915 } }

export async function startBrowser(more = [], { headless = true } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'zhian-browser-'))
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless, args: [...flags.filter((f) => !more.some((m) => m.split('=')[0] === f.split('=')[0])), ...more], env: { ...process.env, HOME: profile } })

  /** A window of its own: its cookies, its storage. One that is not guarded asks the network itself, as fast as a user's does. */
  async function window({ size = 'wide', theme = 'dark', language = 'zh-CN', reduced = true, storage = {}, offscreen = [], tour = false, guarded = true } = {}) {
    const context = await browser.newContext({ viewport: sizes[size] ?? size, locale: language, timezoneId: 'Asia/Shanghai', colorScheme: theme === 'light' ? 'light' : 'dark', reducedMotion: reduced ? 'reduce' : 'no-preference', serviceWorkers: 'allow' })
    const prefs = JSON.stringify({ theme, language, ...storage })
    await context.addInitScript((p) => {
      try { localStorage.getItem('zhian.prefs') ?? localStorage.setItem('zhian.prefs', p) } catch { /* no storage here */ }
      window.__violations = []
      document.addEventListener('securitypolicyviolation', (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))
    }, prefs)
    for (const script of offscreen) await context.addInitScript(script)
    // The tour is offered to nobody but who asks for it: it would stand before what others look at.
    if (!tour) await context.addInitScript(() => { try { localStorage.getItem('zhian.tour') ?? localStorage.setItem('zhian.tour', '{"state":"refused"}') } catch { /* no storage here */ } })
    const troubles = []
    const allowed = []
    const note = (what) => { if (!allowed.some((a) => a.test(what))) troubles.push(what) }
    let own = ''
    if (guarded) await context.route('**/*', (route) => {
      const url = new URL(route.request().url())
      if (own && /^https?:$/.test(url.protocol) && url.origin !== own) {
        note(`foreign request: ${url.href}`)
        return route.abort()
      }
      return route.continue().catch((e) => { if (!/already handled|has been closed/.test(e.message)) throw e }) // a page's own route took it, or the page has gone
    })
    async function open(url) {
      own ||= new URL(url).origin
      const page = await context.newPage()
      page.on('console', (m) => { if (m.type() === 'error') note(`console: ${m.text()} ${m.location().url ?? ''}`) })
      page.on('pageerror', (e) => note(`error: ${e.message}\n${e.stack}`))
      page.on('crash', () => note('the page crashed'))
      await page.goto(url)
      return page
    }
    /** What must not have happened and did. */
    async function troublesOf() {
      for (const page of context.pages()) {
        const v = await page.evaluate(() => window.__violations ?? []).catch(() => [])
        for (const one of v) note(`policy: ${one}`)
        await page.evaluate(() => { window.__violations = [] }).catch(() => undefined)
      }
      return troubles.splice(0)
    }
    return { context, open, allow: (re) => allowed.push(re), troubles: troublesOf, close: () => context.close() }
  }

  return { browser, window, stop: async () => { await browser.close(); rmSync(profile, { recursive: true, force: true }) } }
}

/** Enters the demonstration as somebody, by the page's own door. */
export async function enterAs(window, base, role, to = '/') {
  const page = await window.open(`${base}/login${to === '/' ? '' : '?to=' + encodeURIComponent(to)}`)
  const names = { dispatcher: /派警员|Dispatcher/, call_taker: /接警员|Call taker/, command_centre: /指挥中心|Command centre/, station_leader: /所领导|Station leader/, officer: /民警|Officer/, bureau_leader: /局领导|Bureau leader/, system_admin: /系统管理员|System admin/, security_admin: /安全管理员|Security admin/, audit_admin: /审计管理员|Audit admin/ }
  await page.getByRole('button', { name: names[role] }).first().click()
  await page.waitForURL((u) => u.pathname !== '/login')
  return page
}
