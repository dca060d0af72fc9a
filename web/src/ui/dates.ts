/** Days and times of the centre's zone, as texts: 2026-11-25, 14:03. */
import { parseDate, type DateValue } from '@internationalized/date'

export function readDay(text: string): string | undefined {
  const m = text.trim().match(/^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$/) ?? text.trim().match(/^(\d{4})(\d{2})(\d{2})$/)
  if (!m) return undefined
  const day = `${m[1]}-${m[2]!.padStart(2, '0')}-${m[3]!.padStart(2, '0')}`
  try {
    return parseDate(day).toString()
  } catch {
    return undefined
  }
}

export function readTime(text: string): string | undefined {
  const m = text.trim().match(/^(\d{1,2})[:：.](\d{2})$/) ?? text.trim().match(/^(\d{2})(\d{2})$/)
  if (!m || Number(m[1]) > 23 || Number(m[2]) > 59) return undefined
  return `${m[1]!.padStart(2, '0')}:${m[2]}`
}

/** A time to the second, "14:03:20" or without seconds. */
export function readClock(text: string): { minute: string; second: number } | undefined {
  const m = text.trim().match(/^(\d{1,2}[:\uff1a.]?\d{2})(?:[:\uff1a.]?([0-5]\d))?$/)
  const minute = m && readTime(m[1]!)
  return minute ? { minute, second: Number(m[2] ?? 0) } : undefined
}

export const valueOf = (day?: string): DateValue | undefined => (day && readDay(day) ? parseDate(readDay(day)!) : undefined)

/** The moment of a day and time in a zone, as RFC 3339 in UTC; China has one zone and no summer time, others are asked of Intl. */
export function momentOf(day: string, time: string, zone = 'Asia/Shanghai'): string {
  const asUTC = Date.parse(`${day}T${time}:00Z`)
  const offset = (at: number) => {
    const p = Object.fromEntries(new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).formatToParts(at).map((x) => [x.type, x.value]))
    return Date.parse(`${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}Z`) - at
  }
  return new Date(asUTC - offset(asUTC - offset(asUTC))).toISOString()
}
