import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import { serverNow, useAbout } from '@/shell/time'
import { useFormats } from '@/shell/useFormats'
import { earlier, spanOf, spanUpTo, type Days, type PeriodName, type Span } from './period'
import type { Group, Only, Question } from './question'

export type Report = Schemas['pace.Report']

/** Today by the centre's zone and the server's clock. */
export function useToday() {
  const f = useFormats()
  return { today: () => f.date(serverNow()), minute: () => f.minute(serverNow()) }
}

/** A report of the server; it is asked anew when the question changes, on request, or every so many ms. */
export function useReport(of: MaybeRefOrGetter<{ span: Span; by: Group; only: Only } | undefined>, everyMs?: number) {
  const asked = computed(() => toValue(of))
  return useQuery({
    queryKey: ['pace', 'report', asked], enabled: () => !!asked.value, staleTime: 30_000, refetchInterval: everyMs, placeholderData: (was: Report | undefined) => was,
    queryFn: () => got(api.GET('/v1/pace/report', { params: { query: { ...asked.value!.span, ...asked.value!.only, by: asked.value!.by } } })),
  })
}

/** The moments of a question, and of what it is compared with. */
export function useSpans(q: MaybeRefOrGetter<Pick<Question, 'period' | 'days' | 'against'>>) {
  const about = useAbout()
  const { today, minute } = useToday()
  const zone = () => about.value?.zone
  const span = computed(() => spanOf(toValue(q).days, zone()))
  const before = computed(() => {
    const { against, period, days } = toValue(q)
    return against && comparedWith(period, days, against, today(), minute(), zone())
  })
  return { span, before }
}

export function comparedWith(period: PeriodName, days: Days, against: 'period' | 'year', today: string, minute: string, zone?: string): Span {
  const was = earlier(period, days, against)
  return days.to === today ? spanUpTo(was, minute, zone) : spanOf(was, zone)
}
