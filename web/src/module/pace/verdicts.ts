import { useI18n } from 'vue-i18n'
import { clockNames, minuteOf, type ClockName } from '@/ui/clocks'
import type { Tone } from '@/ui/kinds'

const tones: Record<string, Tone> = { within: 'green', late: 'red', breached: 'red', running: 'info', inverted: 'yellow', missing: 'yellow' }
/** The colour of an answer; what is left out of the rate is grey. */
export const toneOfVerdict = (v: string): Tone => tones[v] ?? 'grey'

export const isClock = (c: string): c is ClockName => (clockNames as readonly string[]).includes(c)

/** How people call a clock or a span: "8 arrival". */
export function useClockName() {
  const { t } = useI18n()
  return (c: string) => (isClock(c) ? `${minuteOf[c]} ${t('ui.clock.' + c)}` : t('pace.span.' + c))
}
