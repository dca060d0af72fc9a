import '@/ui/tokens.css'
import '@/ui/base.css'
import '@/ui/fonts.css'
import '@/ui/control.css'
import '@/ui/print.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp, watch, type Component } from 'vue'
import type { Router } from 'vue-router'
import { showInTab, useAlarms } from './alarm'
import { makeTexts, type Catalogues } from './i18n'
import { startKeys } from './keys'
import { usePrefs } from './prefs'
import { Problem } from './problem'
import { startSound } from './sound'
import { askTime } from './time'

/** Starts an entry: its texts, its keys, its clock, its pages. */
export function startPages(root: Component, router: Router, catalogues: Catalogues, { clock = true } = {}) {
  const app = createApp(root)
  const pinia = createPinia()
  app.use(pinia)
  const { prefs } = usePrefs(pinia)
  const texts = makeTexts(catalogues)
  watch(() => prefs.language, (l) => void texts.speak(l), { immediate: true })
  app.use(texts.i18n)
  app.use(VueQueryPlugin, { queryClientConfig: { defaultOptions: { queries: { retry: (n, e) => n < 2 && e instanceof Problem && e.unreachable, staleTime: 10_000, refetchOnWindowFocus: false } } } })
  app.use(router)
  startKeys(prefs)
  startSound(() => prefs.volume)
  showInTab(useAlarms(), () => {
    const page = router.currentRoute.value.meta.page
    const name = page ? texts.t(`${page.room}.page.${page.name}`) : ''
    return name ? `${name} · ${texts.t('shell.name')}` : texts.t('shell.title')
  })
  if (clock) void askTime().catch(() => undefined) // the status bar says that the server is away
  app.mount('#app')
  // The large Chinese font is not waited for: the system's stands in until it has come.
  const idle = window.requestIdleCallback ?? ((fn: () => void) => setTimeout(fn, 300))
  idle(() => void import('@/ui/noto').catch(() => undefined)) // without it the fonts of the machine serve
}
