import '@/ui/tokens.css'
import '@/ui/base.css'
import '@/ui/fonts.css'
import './screen.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { makeTexts, type Language } from '@/shell/i18n'
import { Problem } from '@/shell/problem'
import App from './App.vue'

const texts = makeTexts({
  zh: import.meta.glob(['/src/screen/locale/zh-CN.json', '/src/ui/locale/zh-CN.json', '/src/shell/locale/zh-CN.json', '/src/map/locale/zh-CN.json', '/src/module/incident/locale/zh-CN.json', '/src/module/unit/locale/zh-CN.json'], { eager: true, import: 'default' }),
  en: () => import('./english'),
})
async function speak(l: Language) {
  await texts.speak(l)
  document.title = texts.t('screen.title')
}
void speak(document.documentElement.lang === 'en' ? 'en' : 'zh-CN')
// The language is this browser's; whoever changes it at a desk of the same browser changes it here.
addEventListener('storage', (e) => {
  if (e.key === 'zhian.prefs') void speak(/"language":"en"/.test(localStorage.getItem('zhian.prefs') ?? '') ? 'en' : 'zh-CN')
})

const app = createApp(App)
app.use(createPinia())
app.use(texts.i18n)
// Nobody is here to ask again: what is not refused is asked for until it comes.
const lasting = (_: number, e: unknown) => !(e instanceof Problem) || e.status === 0 || e.status === 429 || e.status >= 500
app.use(VueQueryPlugin, { queryClientConfig: { defaultOptions: { queries: { retry: lasting, retryDelay: (n: number) => Math.min(30_000, 1000 * 2 ** n), networkMode: 'always', staleTime: 10_000, refetchOnWindowFocus: false } } } })
app.mount('#app')
const idle = window.requestIdleCallback ?? ((fn: () => void) => setTimeout(fn, 300))
idle(() => void import('@/ui/noto').catch(() => undefined)) // without it the fonts of the machine serve
