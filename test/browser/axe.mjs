// axe-core over what a page shows: WCAG 2.2 A and AA, and best practices.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../web/package.json', import.meta.url))
const source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

export async function axe(page, { within } = {}) {
  // The page's policy forbids evaluated text: the script is put in by the debugger, which stands outside of it.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source)
  const found = await page.evaluate(async (within) => {
    const r = await window.axe.run(within ? document.querySelector(within) : document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'],
    })
    return r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')}  ${n.html.slice(0, 160)}  ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`) }))
  }, within)
  return found
}

export const told = (violations) => violations.map((v) => `  ${v.id} (${v.impact}): ${v.help}\n${v.nodes.map((n) => '    ' + n).join('\n')}`).join('\n')
