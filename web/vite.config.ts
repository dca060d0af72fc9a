import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vite'
import { defineConfig } from 'vitest/config'
import { entries, pageOf } from './build/entries.ts'
import { pack } from './build/pack.ts'
import { shared } from './build/settings.ts'
import { styles } from './build/styles.ts'
import { worker } from './build/worker.ts'

const at = (p: string) => fileURLToPath(new URL(p, import.meta.url))

export default mergeConfig(shared, defineConfig({
  root: at('.'),
  plugins: [styles(), worker('m', 'src/handset/sw.js', ['/favicon.svg', '/m/boot.js', '/m/manifest.webmanifest', '/m/icon-192.png', '/m/icon-512.png']), pack(process.env.ZHIAN_VERSION ?? 'dev')],
  build: { outDir: 'dist', emptyOutDir: false, rolldownOptions: { input: entries.map((e) => at(pageOf(e))).filter(existsSync) } },
  server: {
    host: '127.0.0.1',
    proxy: { '/v1': { target: process.env.ZHIAN_SERVER ?? 'http://127.0.0.1:8110', ws: true, changeOrigin: true } },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'build/**/*.test.ts'],
    css: true,
    pool: 'threads',
    maxWorkers: 2,
  },
}))
