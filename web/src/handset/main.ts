import '@/ui/tokens.css'
import '@/ui/base.css'
import './handset.css'
import { createApp, watch } from 'vue'
import { makeTexts } from '@/shell/i18n'
import App from './App.vue'
import { applyPrefs, prefs } from './prefs'
import { startUpdates } from './update'
import { start } from './start'

const texts = makeTexts({
  zh: import.meta.glob(['/src/handset/locale/zh-CN.json', '/src/ui/locale/zh-CN.json', '/src/shell/locale/zh-CN.json', '/src/module/incident/locale/zh-CN.json'], { eager: true, import: 'default' }),
  en: () => import('./english'),
})
applyPrefs()
const app = createApp(App)
app.use(texts.i18n)
watch(() => prefs.language, async (l) => {
  await texts.speak(l)
  document.title = texts.t('handset.title')
}, { immediate: true })
app.mount('#app')
void startUpdates()
void start()
