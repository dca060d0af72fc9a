import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import type { UserConfig } from 'vite'

/** Browsers on the desks of a county centre run kernels as old as Chromium 100. */
const oldest = ['chrome100', 'safari15.4', 'firefox100']

/** What the pages and the gallery are built with. */
export const shared: UserConfig = {
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('../src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'false',
  },
  worker: { format: 'es' },
  build: {
    target: oldest,
    cssTarget: oldest,
    assetsInlineLimit: 0, // a font as a data: address would be refused by the policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      checks: { bundlerTimings: false }, // packing takes longest, and is meant to
      // The library of SM2 asks Node's crypto only where there is none of the browser's.
      onLog: (level, log, tell) => { if (!/"crypto" has been externalized/.test(log.message)) tell(level, log) },
      output: {
        // Vendors in files of their own: their names stay when only our code changes.
        codeSplitting: {
          groups: [
            { name: 'maplibre', test: /node_modules[\\/]maplibre-gl/ },
            { name: 'echarts', test: /node_modules[\\/](echarts|zrender)/ },
            { name: 'vue', test: /node_modules[\\/](@vue[\\/](shared|reactivity|runtime-core|runtime-dom)|vue)[\\/]/ },
            { name: 'texts', test: /node_modules[\\/](vue-i18n|@intlify)[\\/]/ },
            { name: 'client', test: /node_modules[\\/]openapi-fetch[\\/]/ },
            { name: 'frame', test: /node_modules[\\/](vue-router|pinia|@vue)[\\/]/ },
            { name: 'query', test: /node_modules[\\/]@tanstack[\\/](query-core|vue-query)/ },
            { name: 'dates', test: /node_modules[\\/]@internationalized[\\/]date[\\/]/ },
            { name: 'kit', test: /node_modules[\\/](reka-ui|@floating-ui|@internationalized|@vueuse|@tanstack|aria-hidden|defu|ohash)/ },
          ],
        },
      },
    },
  },
}
