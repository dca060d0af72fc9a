// Pictures of every page in every theme at every size, into docs/screenshots: shots.mjs [--to DIR] [words in the names].
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sizes } from './browser.mjs'
import { root } from './house.mjs'
import { addressOf } from './routes.mjs'
import { setStage, settled, show, themes } from './stage.mjs'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { to: { type: 'string', default: join(root, 'docs/screenshots') }, language: { type: 'string', default: 'zh-CN' } } })
mkdirSync(values.to, { recursive: true })
const stage = await setStage()
try {
  for (const route of stage.routes) {
    if (positionals.length && !positionals.some((w) => route.id.includes(w))) continue
    const window = await stage.browser.window({ size: 'wide', language: values.language })
    if (!route.open) await stage.letIn(window, (await stage.rolesFor(route)).may)
    const page = await window.open(stage.city.base + await addressOf(route, stage.get(window)))
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      for (const theme of themes) {
        await show(page, { theme })
        await page.screenshot({ path: join(values.to, `${route.id}-${theme}-${size}.png`) })
      }
    }
    await window.close()
    console.log(route.id)
  }
} finally {
  await stage.stop()
}
