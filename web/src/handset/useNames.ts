import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { rankOfEnd } from '@/module/incident/endings'
import { names } from './names'
import { prefs } from './prefs'

/** What codes are called in the officer's language; a code of the centre's own by the name it has. */
export function useNames() {
  const { t, te } = useI18n()
  const kindOf = (code: string) => {
    const k = names.value.kinds.get(code)
    return (prefs.language === 'en' ? k?.name_en : k?.name) ?? code
  }
  const endOf = (code = '') => (te('incident.disposition.' + code) ? t('incident.disposition.' + code) : (names.value.ends.find((e) => e.code === code)?.name ?? code))
  const ends = computed(() => names.value.ends.map((e) => ({ code: e.code, name: endOf(e.code) })).sort((x, y) => rankOfEnd(x.code) - rankOfEnd(y.code)))
  return { kindOf, endOf, ends }
}
