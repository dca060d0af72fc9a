// Pictures of every page in every theme at every size, into docs/screenshots: shots.mjs [--to DIR] [words in the names].
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sizes } from './browser.mjs'
import { root } from './house.mjs'
import { onDuty } from './hand.mjs'
import { addressOf } from './routes.mjs'
import { setStage, settled, show, themes } from './stage.mjs'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { to: { type: 'string', default: join(root, 'docs/screenshots') }, language: { type: 'string', default: 'zh-CN' } } })
mkdirSync(values.to, { recursive: true })
const stage = await setStage()

/** One picture; WebP, since hundreds of them stand in the repository. */
async function take(page, name) {
  const wire = await page.context().newCDPSession(page)
  const { data } = await wire.send('Page.captureScreenshot', { format: 'webp', quality: 75 })
  writeFileSync(join(values.to, `${name}.webp`), Buffer.from(data, 'base64'))
  await wire.detach()
}

/** The handset's views, as an officer who was just sent sees them. */
async function handset() {
  const windows = []
  const t = { ...stage, base: stage.city.base, async window(o) { const w = await stage.browser.window(o); windows.push(w); return w } }
  const d = await onDuty(t, { language: values.language, allow: [/./] })
  const i = await d.send('两户邻里因停车位发生争执，一人持棍，围观群众较多')
  const picture = async (name) => {
    for (const [size, viewport] of Object.entries({ hand: sizes.hand, desk: sizes.desk })) {
      await d.page.setViewportSize(viewport)
      for (const colorScheme of ['light', 'dark']) {
        await d.page.emulateMedia({ colorScheme })
        await settled(d.page)
        await take(d.page, `handset-${name}-${colorScheme}-${size}`)
      }
    }
  }
  await d.open(i)
  await picture('incident')
  const view = async (hash) => {
    await d.page.evaluate((h) => { location.hash = h }, hash)
    await d.page.getByRole('heading', { level: 1 }).waitFor()
    await picture(hash || 'list')
  }
  await view('')
  await d.page.locator('.actions .main').click()
  await d.page.context().setOffline(true)
  await d.page.locator('.notice.yellow').waitFor()
  await view('outbox')
  await d.page.context().setOffline(false)
  await view('me')
  await d.page.evaluate((h) => { location.hash = h }, `i/${i.id}`)
  await d.page.getByRole('button', { name: /处警反馈|Feedback/ }).first().click()
  await picture('report')
  await d.finish()
  for (const w of windows) await w.close()
  console.log('handset')
}

/** The page for whoever comes from outside, which goes by the looks of their device. */
async function verify() {
  const window = await stage.browser.window({ language: values.language })
  const page = await window.open(stage.city.base + '/p/verify')
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await settled(page)
      await take(page, `verify-${colorScheme}-${size}`)
    }
  }
  await window.close()
  console.log('verify')
}

try {
  if (!positionals.length || positionals.includes('handset')) await handset()
  if (!positionals.length || positionals.includes('verify')) await verify()
  for (const route of stage.routes) {
    if (positionals.length && !positionals.some((w) => route.id.includes(w))) continue
    const window = await stage.browser.window({ size: 'wide', language: values.language })
    if (!route.open) await stage.letIn(window, (await stage.rolesFor(route)).may)
    const page = await window.open(stage.city.base + await addressOf(route, stage.get(window)))
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      for (const theme of themes) {
        await show(page, { theme })
        await take(page, `${route.id}-${theme}-${size}`)
      }
    }
    await window.close()
    console.log(route.id)
  }
} finally {
  await stage.stop()
}
