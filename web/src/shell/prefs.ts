import { defineStore } from 'pinia'
import { reactive, watch } from 'vue'
import type { Language } from './i18n'

export type Theme = 'light' | 'dark' | 'screen'
export const themes: Theme[] = ['light', 'dark', 'screen']

export interface Prefs {
  theme: Theme
  language: Language
  volume: number // 0.4…1, of sounds
  singleKeys: boolean // shortcuts of one key without a modifier (WCAG 2.1.4)
  keys: Record<string, string> // remapped shortcuts by action
  nav: 'wide' | 'narrow'
}

const where = 'zhian.prefs'
const usual: Prefs = { theme: 'dark', language: 'zh-CN', volume: 0.8, singleKeys: true, keys: {}, nav: 'wide' }

function read(): Prefs {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(where) ?? '{}') as Partial<Prefs>) }
  } catch {
    return { ...usual }
  }
}

/** How somebody wants this browser to be. Kept on this machine; another window follows. */
export const usePrefs = defineStore('prefs', () => {
  const prefs = reactive(read())
  watch(prefs, () => {
    try {
      localStorage.setItem(where, JSON.stringify(prefs))
    } catch { /* storage is full or forbidden: it holds until the page is closed */ }
  })
  addEventListener('storage', (e) => {
    if (e.key === where) Object.assign(prefs, read())
  })
  watch(() => prefs.theme, (theme) => {
    document.documentElement.dataset.theme = theme
  }, { immediate: true })
  return { prefs }
})
