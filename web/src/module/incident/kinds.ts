import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, got } from '@/shell/client'

/** The category table in force. */
export function useKinds() {
  const q = useQuery({ queryKey: ['incident-kinds'], staleTime: Infinity, queryFn: async () => (await got(api.GET('/v1/incident-kinds'))).items })
  const { locale } = useI18n()
  const names = computed(() => new Map((q.data.value ?? []).map((k) => [k.code, locale.value === 'en' ? k.name_en : k.name])))
  /** Those that somebody may choose: others are only kept as they were received. */
  const offered = computed(() => offeredOf(q.data.value))
  return { list: q.data, offered, nameOf: (code: string) => names.value.get(code) ?? code }
}

/** The kinds of a table that stand for themselves. */
export const offeredOf = <T extends { counts_as?: string }>(kinds: readonly T[] = []): T[] => kinds.filter((k) => !k.counts_as)
