// Every component, under the policy of the program.
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { axe, told } from './axe.mjs'
import { root, serveFolder } from './house.mjs'
import { languages, settled, show, themes } from './stage.mjs'

async function withGallery(t, look) {
  const built = spawnSync('npm', ['run', '-s', 'gallery'], { cwd: join(root, 'web'), stdio: ['ignore', 'inherit', 'inherit'] })
  if (built.status !== 0) throw new Error('the gallery does not build')
  const server = await serveFolder(join(root, 'web/.gallery'), t.policy)
  try {
    await look(server.base)
  } finally {
    await server.stop()
  }
}

export const tests = {
  'every component is free of faults that axe finds, in three themes and two languages': (t) => withGallery(t, async (base) => {
    for (const language of languages) {
      const window = await t.window({ size: { width: 1366, height: 6000 }, language })
      const page = await window.open(base + '/')
      await settled(page, { language })
      for (const theme of themes) {
        await show(page, { theme })
        const found = await axe(page)
        if (found.length) t.wrong(`${theme}, ${language}:\n${told(found)}`)
      }
    }
  }),
}
