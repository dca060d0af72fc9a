// Every page that is registered, from the very lists that the pages are built from.
import { join } from 'node:path'
import { root } from './house.mjs'

/** The entries' lists of pages, and the size of who uses them. */
const entries = [
  { list: '/src/shell/pages.ts', size: 'desk' },
  { list: '/src/screen/pages.ts', size: 'wide' },
]

/**
 * What stands for a parameter in an address, by the page's name: a function of the server's answers.
 * A page with parameters and without a line here fails the tests.
 */
const samples = {
  incident: async (get) => `/c/i/${(await get('/v1/board?limit=1').catch(() => ({ items: [{ id: 'hidden' }] }))).items[0].id}`,
  evidence: (get) => get('/v1/pace/live?limit=1').then((p) => `/s/clock/i/${p.items[0]?.incident_id ?? 'none'}`, () => '/s/clock/i/none'),
  missing: async () => '/nowhere/at/all',
}

export async function readRoutes() {
  const { createServer } = await import(join(root, 'web/node_modules/vite/dist/node/index.js'))
  const vite = await createServer({ root: join(root, 'web'), configFile: join(root, 'web/vite.config.ts'), server: { middlewareMode: true, ws: false, watch: null }, appType: 'custom', logLevel: 'error', optimizeDeps: { noDiscovery: true } })
  try {
    const lists = await Promise.all(entries.map(async (e) => (await vite.ssrLoadModule(e.list)).pages.map((p) => ({ ...p, size: e.size, id: `${p.room}-${p.name}` }))))
    return lists.flat()
  } finally {
    await vite.close()
  }
}

/** The address of a page in this city; get asks the server as somebody who may see it. */
export async function addressOf(route, get) {
  if (samples[route.name]) return samples[route.name](get)
  if (/[:*]/.test(route.path)) throw new Error(`${route.path} has parameters: give it a line in samples, test/browser/routes.mjs`)
  return route.path
}
