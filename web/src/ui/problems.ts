import { useI18n } from 'vue-i18n'
import { problemText } from '@/shell/problem'

/** Words for a refusal, in the language of the page. */
export function useProblemText() {
  const { t, te } = useI18n()
  return (p: unknown) => problemText(p, { t: t as never, te: (k) => te(k) })
}
