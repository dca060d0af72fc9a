import { reactive, watch } from 'vue'
import type { Language } from '@/shell/i18n'

/** How the officer wants this handset to be; the language is that of the whole browser. */
export interface Prefs { look: 'system' | 'light' | 'dark'; language: Language; place: boolean }

const where = 'zhian.prefs' // the desk's, too
const mine = 'zhian.handset.prefs'

function stored(key: string): Record<string, unknown> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, unknown>
  } catch {
    return {}
  }
}
function store(key: string, value: object) {
  try {
    localStorage.setItem(key, JSON.stringify({ ...stored(key), ...value }))
  } catch { /* it holds until the page is closed */ }
}

const read = (): Prefs => {
  const own = stored(mine)
  return { look: own.look === 'light' || own.look === 'dark' ? own.look : 'system', language: stored(where).language === 'en' ? 'en' : 'zh-CN', place: own.place === true }
}

export const prefs = reactive(read())

/** Keeps them, and shows the page so: by day as the system says, light where it says nothing. */
export function applyPrefs() {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const show = () => { document.documentElement.dataset.theme = prefs.look === 'system' ? (dark.matches ? 'dark' : 'light') : prefs.look }
  dark.addEventListener('change', show)
  watch(() => prefs.look, show, { immediate: true })
  watch(() => [prefs.look, prefs.place], () => store(mine, { look: prefs.look, place: prefs.place }))
  watch(() => prefs.language, () => store(where, { language: prefs.language }))
  addEventListener('storage', (e) => { if (e.key === where || e.key === mine) Object.assign(prefs, read()) })
}
