import { computed, reactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { formats, type Formats } from './format'
import type { Language } from './i18n'
import { useAbout } from './time'

/** Numbers and times in the language of the page and the zone of the centre. */
export function useFormats(): Formats {
  const { locale } = useI18n()
  const about = useAbout()
  const now = computed(() => formats(locale.value as Language, about.value?.zone))
  const names = Object.keys(now.value) as (keyof Formats)[]
  return reactive(Object.fromEntries(names.map((n) => [n, (...args: never[]) => (now.value[n] as (...a: never[]) => string)(...args)]))) as unknown as Formats
}
