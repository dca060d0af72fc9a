import type { Tone } from '@/ui/kinds'
import type { TimelineItem } from '@/ui/Timeline.vue'
import type { Entry } from './case'

/** How an entry is put into words: texts, names, times. */
export interface Teller {
  t: (key: string, params?: Record<string, unknown>) => string
  te: (key: string) => boolean
  clock: (at: string) => string
  full: (at: string) => string
  distance: (m: number) => string
  duration: (s: number) => string
  callSign: (unit: string) => string
  nameOf: (user: string) => string
  kind: (code: string) => string
  station: (id: string) => string
  number: (incident: string) => string
}

const tones: Partial<Record<Entry['kind'], Tone>> = { received: 'info', assigned: 'info', feedback: 'green', corrected: 'yellow', priority: 'yellow', closed: 'green', withdrawn: 'grey', reopened: 'yellow', push_shortfall: 'red', push_escalated: 'yellow' }
const lateMs = 60_000 // what became known later than this says so

/** One entry of the timeline in words, with who, by what and when. */
export function told(e: Entry, w: Teller): TimelineItem {
  const d = e.detail
  const learnt = Date.parse(e.recorded_at) - Date.parse(e.occurred_at)
  const who = [w.nameOf(e.by), e.source !== 'console' && word(w, 'source', e.source), e.device && w.t('incident.from_handset')].filter(Boolean).join(' · ')
  return {
    id: String(e.seq), time: w.clock(e.occurred_at), text: headOf(e, w), by: who || undefined,
    detail: [...detailOf(e, w), d.reason && w.t('incident.entry.reason', { reason: word(w, 'why', d.reason) }), !!d.doubts?.length && w.t('incident.entry.doubts', { list: d.doubts.map((x) => word(w, 'doubt', x)).join(w.t('incident.and')) })].filter(Boolean).join('\n') || undefined,
    tone: tones[e.kind], late: learnt > lateMs ? w.t('incident.entry.late', { at: w.full(e.recorded_at) }) : undefined,
  }
}

/** A word of the catalogue for a code, or the code where it has none. */
export const word = (w: Pick<Teller, 't' | 'te'>, room: string, code: string) => (/^[a-z_]+$/.test(code) && w.te(`incident.${room}.${code}`) ? w.t(`incident.${room}.${code}`) : code)

function headOf(e: Entry, w: Teller): string {
  const d = e.detail
  const p = { unit: d.unit_id ? w.callSign(d.unit_id) : '', number: d.other ? w.number(d.other) : '', n: d.priority ? w.t('incident.priority.' + d.priority) : '', to: e.kind === 'transferred' ? (d.text ?? '') : '', rung: d.news?.rung ?? '', who: d.news?.user_id ? w.nameOf(d.news.user_id) : '', channel: d.news?.channel ? word(w, 'channel', d.news.channel) : '' }
  switch (e.kind) {
    case 'assigned': return w.t(d.step === 'reserved' ? 'incident.entry.reserved' : 'incident.entry.assigned', p)
    case 'step': return w.t(d.already_there ? 'incident.entry.already_there' : `incident.entry.step_${d.step}`, p)
    case 'contacted': return w.t(d.answered ? 'incident.entry.contacted' : 'incident.entry.not_answered', p)
    case 'corrected': return w.t('incident.entry.corrected', { field: w.t('incident.field_of.' + d.field), unit: p.unit }).trim()
    case 'closed': return w.t('incident.entry.closed', { disposition: word(w, 'disposition', d.disposition ?? '') })
  }
  return w.t('incident.entry.' + e.kind, p).trim()
}

function detailOf(e: Entry, w: Teller): (string | undefined | false)[] {
  const d = e.detail
  switch (e.kind) {
    case 'received': return [d.call && [w.kind(d.call.kind_code), d.call.address, d.call.station_id && w.station(d.call.station_id)].filter(Boolean).join(' · '), d.call?.narrative]
    case 'assigned': return [
      !!d.shortfalls?.length && w.t('incident.entry.in_spite_of', { list: d.shortfalls.map((s) => w.t('incident.lack.' + s)).join(w.t('incident.and')) }),
      !!alternatives(e).length && w.t('incident.entry.alternatives', { list: alternatives(e).map((r) => [w.callSign(r.unit_id), r.distance_m !== undefined && w.distance(r.distance_m), r.eta_s !== undefined && w.duration(r.eta_s)].filter(Boolean).join(' ')).join(w.t('incident.and')) }),
    ]
    case 'feedback': case 'note': return [d.text]
    case 'corrected': return [correctedTo(e, w), d.from_station && d.place && d.from_station !== d.place.station_id && w.t('incident.entry.other_station', { from: w.station(d.from_station), to: w.station(d.place.station_id) })]
  }
  return []
}

/** Free units that the house proposed instead. */
const alternatives = (e: Entry) => (e.detail.ranking ?? []).filter((r) => r.unit_id !== e.detail.unit_id && !r.shortfalls?.length).slice(0, 3)

function correctedTo(e: Entry, w: Teller): string | undefined {
  const d = e.detail
  switch (d.field) {
    case 'point': return d.place?.position ? `${d.place.position.lat.toFixed(6)}, ${d.place.position.lon.toFixed(6)}` : undefined
    case 'address': return d.place?.address
    case 'kind': return d.kind_code && w.kind(d.kind_code)
  }
  return d.at && w.full(d.at)
}
