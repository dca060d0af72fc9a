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

interface Composer {
  locale: { value: string }
  availableLocales: string[]
  setLocaleMessage: (language: string, texts: object) => void
  t: (key: string, params: object) => string
  te: (key: string) => boolean
}

/** Texts of one entry; English is loaded when it is first wanted. */
export function makeTexts(c: Catalogues) {
  const i18n: I18n<Record<string, never>, {}, {}, string, false> = createI18n({
    legacy: false, locale: 'zh-CN' as string, fallbackLocale: false as never, messages: { 'zh-CN': byRoom(c.zh) } as never,
    missing: (language: string, key: string) => {
      console.error(`[text] ${language} has no ${key}`)
      return key
    },
    missingWarn: false, fallbackWarn: false,
  }) as never
  // vue-i18n's own types follow every key; there are too many of ours for that.
  const composer = i18n.global as unknown as Composer
  async function speak(language: Language) {
    if (language === 'en' && !composer.availableLocales.includes('en')) {
      composer.setLocaleMessage('en', byRoom((await c.en()).default))
    }
    composer.locale.value = language
    document.documentElement.lang = language
  }
  const t = (key: string, params: Record<string, unknown> = {}): string => composer.t(key, params)
  return { i18n, speak, t, te: (key: string) => composer.te(key) }
}
