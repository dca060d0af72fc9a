/** Numbers and times as people here read them: 24 hours, the centre's zone. Times are milliseconds since 1970 or RFC 3339 texts. */
import type { Language } from './i18n'

export type Moment = number | string | Date

const ms = (at: Moment) => (typeof at === 'number' ? at : new Date(at).getTime())

function make(language: Language, zone: string) {
  const of = (o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { timeZone: zone, hourCycle: 'h23', ...o })
  const clock = of({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const minute = of({ hour: '2-digit', minute: '2-digit' })
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const weekday = of({ weekday: 'long' })
  const short = of({ month: '2-digit', day: '2-digit' })
  const list = new Intl.ListFormat(language, language === 'en' ? { type: 'unit', style: 'short' } : { type: 'conjunction', style: 'narrow' }) // commas alone, no "and"
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })
  return {
    /** 14:03:20 */
    clock: (at: Moment) => clock.format(ms(at)),
    /** 14:03 */
    minute: (at: Moment) => minute.format(ms(at)),
    /** 2026-11-25 */
    date: (at: Moment) => day.format(ms(at)),
    /** 2026-11-25 14:03:20 */
    full: (at: Moment) => `${day.format(ms(at))} ${clock.format(ms(at))}`,
    weekday: (at: Moment) => weekday.format(ms(at)),
    /** The time alone on the same day as now, else with its date. */
    near: (at: Moment, now: Moment) => (day.format(ms(at)) === day.format(ms(now)) ? clock.format(ms(at)) : `${short.format(ms(at))} ${minute.format(ms(at))}`),
    /** What stands side by side, with the marks of the language between. */
    list: (items: string[]) => list.format(items),
    number: (n: number) => plain.format(n),
    fixed: (n: number, digits = 1) => n.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    percent: (share: number, digits = 1) => `${(100 * share).toFixed(digits)}%`,
    /** Metres, then kilometres from a thousand on. */
    distance: (m: number) => (m < 1000 ? `${Math.round(m / 10) * 10} m` : `${(m / 1000).toFixed(m < 10_000 ? 1 : 0)} km`),
  }
}
export type Formats = ReturnType<typeof make>

const made = new Map<string, Formats>()

/** Those of a language and a zone: made once, for they are costly to make, and every part of a page asks. */
export function formats(language: Language, zone = 'Asia/Shanghai'): Formats {
  const key = `${language} ${zone}`
  const known = made.get(key) ?? make(language, zone)
  made.set(key, known)
  return known
}

/** 0:33, 12:05, 1:02:07; whole seconds, of which a part counts as none. */
export function duration(seconds: number): string {
  const s = Math.floor(Math.abs(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}
