import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vite'
import { shared } from './build/settings.ts'

const at = (p: string) => fileURLToPath(new URL(p, import.meta.url))

/** The gallery of components, and a map of very many points to measure: for us and for the browser tests, never in the program. */
export default mergeConfig(shared, defineConfig({
  root: at('src/gallery'),
  base: '/',
  publicDir: at('public'),
  build: {
    outDir: at('.gallery'),
    emptyOutDir: true,
    rolldownOptions: { input: [at('src/gallery/index.html'), at('src/gallery/points.html')] },
  },
}))
