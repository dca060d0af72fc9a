import '@/ui/tokens.css'
import '@/ui/base.css'
import '@/ui/fonts.css'
import { createApp } from 'vue'
import { makeTexts, type Language } from '@/shell/i18n'
import zh from './locale/zh-CN.json'
import Verify from './Verify.vue'

/** Pages for whoever comes from outside: no log-in, and nothing is asked of the server once they are there. */
const texts = makeTexts({ zh: { 'public/locale/zh-CN.json': zh }, en: async () => ({ default: { 'public/locale/en.json': (await import('./locale/en.json')).default } }) })
async function speak(l: Language) {
  await texts.speak(l)
  document.title = texts.t('public.title')
}
void speak(document.documentElement.lang === 'en' ? 'en' : 'zh-CN')
createApp(Verify, { speak }).use(texts.i18n).mount('#app')
