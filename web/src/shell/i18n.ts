import { createI18n, type I18n } from 'vue-i18n'

export type Language = 'zh-CN' | 'en'
export const languages: Language[] = ['zh-CN', 'en']

type Texts = Record<string, unknown>
type Files = Record<string, Texts>

/** Catalogues are files by room: src/<room>/locale/<language>.json and src/module/<room>/locale/<language>.json. The room is the first part of a key. */
export function byRoom(files: Files): Texts {
  const all: Texts = {}
  for (const [path, texts] of Object.entries(files)) {
    const room = path.match(/([\w-]+)\/locale\//)![1]!
    all[room] = { ...(all[room] as Texts | undefined), ...texts }
  }
  return all
}

export interface Catalogues {
  zh: Files
  en: () => Promise<{ default: Files }>
}

export type Translator = ReturnType<typeof makeTexts>

/** Texts of one entry; English is loaded when it is first wanted. */
export function makeTexts(c: Catalogues) {
  const i18n = createI18n({
    legacy: false, locale: 'zh-CN', fallbackLocale: false as never, messages: { 'zh-CN': byRoom(c.zh) as never },
    missing: (language, key) => {
      console.error(`[text] ${language} has no ${key}`)
      return key
    },
    missingWarn: false, fallbackWarn: false,
  })
  const composer = i18n.global
  async function speak(language: Language) {
    if (language === 'en' && !composer.availableLocales.includes('en')) {
      composer.setLocaleMessage('en', byRoom((await c.en()).default) as never)
    }
    composer.locale.value = language
    document.documentElement.lang = language
  }
  return { i18n: i18n as unknown as I18n, composer, speak, t: composer.t, te: composer.te }
}
