import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, got } from '@/shell/client'

/** The category table in force. */
export function useKinds() {
  const q = useQuery({ queryKey: ['incident-kinds'], staleTime: Infinity, queryFn: async () => (await got(api.GET('/v1/incident-kinds'))).items })
  const { locale } = useI18n()
  const names = computed(() => new Map((q.data.value ?? []).map((k) => [k.code, locale.value === 'en' ? k.name_en : k.name])))
  return { list: q.data, nameOf: (code: string) => names.value.get(code) ?? code }
}
