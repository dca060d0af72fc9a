import grammar from './grammar.json'
import type { Schemas } from '@/shell/client'
import { riskNames, type Reading, type RiskName } from './read'

export type Kind = Schemas['incident.IncidentKind']

/** Where the call is, once that is settled. */
export interface Spot {
  address: string
  lon?: number // WGS-84 degrees
  lat?: number
  uncertaintyM?: number
  stationId?: string
  key?: string // equal for two calls at one address
  moved?: boolean // put on the map by hand
}

/** What is to become of the call beside being written down. */
export interface Joins { id: string; number: string; how: 'merge' | 'note' | 'remark' }

/** What a call-taker has written so far. It is plain data: it is kept as it stands. */
export interface Draft {
  key: string // the Idempotency-Key of its saving
  startedAt: number // when the caller rang, server's clock, ms
  line: string
  address: string
  kind: string
  people: string
  phone: string
  name: string
  risks: RiskName[] // ticked by hand
  answers: Record<string, string> // by question
  more: string
  spot?: Spot
  datum?: 'wgs84' | 'gcj02' | 'bd09' // of a point that was typed
  unknown: boolean // the caller cannot say where
  joins?: Joins
  hand: Field[] // what was set by hand: the line does not touch it any more
}
export type Field = 'address' | 'kind' | 'people' | 'phone' | 'spot'

export const emptyDraft = (key: string, startedAt: number): Draft => ({ key, startedAt, line: '', address: '', kind: '', people: '', phone: '', name: '', risks: [], answers: {}, more: '', unknown: false, hand: [] })

/** Whether there is anything in it that is worth keeping. */
export const begun = (d: Draft) => !!(d.line.trim() || d.address || d.kind || d.phone || d.name || d.more || d.spot || Object.keys(d.answers).length)

/** Takes over what the line says, but for what was set by hand. */
export function follow(d: Draft, r: Reading) {
  const says = { address: r.address ?? '', kind: r.kind ?? '', people: r.people ?? '', phone: r.phone ?? '' }
  for (const [field, value] of Object.entries(says) as [keyof typeof says, string][]) {
    if (!d.hand.includes(field)) d[field] = value
  }
}

/** Sets something by hand; nothing but a hand changes it again. */
export function setByHand<F extends 'address' | 'kind' | 'people' | 'phone'>(d: Draft, field: F, value: string) {
  d[field] = value
  if (!d.hand.includes(field)) d.hand = [...d.hand, field]
}
export function release(d: Draft, field: Field) {
  d.hand = d.hand.filter((f) => f !== field)
}

export const settled = (d: Draft) => !!d.spot || d.unknown

const line = (label: string, text: string) => `${label}：${text}`

/** What goes into the record: the caller's words without the phone, then labelled lines. Labels are in the language of the records. */
export function narrativeOf(d: Draft, r: Reading, kind: Kind | undefined): string {
  const record = grammar.record
  const said = Object.entries(r.risks).filter(([, yes]) => yes).map(([name]) => name)
  const asked = kind?.questions ?? []
  const answered = (label: string) => asked.some((q) => q.label === label && d.answers[q.id])
  const lines = [
    r.rest,
    d.hand.includes('people') && d.people ? line(record.people, d.people) : '',
    ...riskNames.filter((n) => d.risks.includes(n) && !said.includes(n) && !answered(record[n][0]!)).map((n) => line(record[n][0]!, record[n][1]!)),
    ...asked.filter((q) => d.answers[q.id]?.trim()).map((q) => line(q.label, answerOf(q, d.answers[q.id]!))),
    d.more.trim(),
    d.unknown && !d.spot ? line(record.spot, record.unknown) : '',
    d.joins?.how === 'remark' ? record.duplicate.replace('{number}', d.joins.number) : '',
  ]
  return lines.filter(Boolean).join('\n').slice(0, 4000)
}

const answerOf = (q: Kind['questions'][number], answer: string) => (q.answer === 'yes_no' ? (answer === 'yes' ? q.yes! : q.no!) : answer.trim())

/** The request that opens the incident. */
export function bodyOf(d: Draft, r: Reading, kind: Kind | undefined): Schemas['incident.Intake'] {
  const s = d.spot
  const contact = d.phone || d.name.trim() ? { phone: d.phone, name: d.name.trim() } : undefined
  return {
    kind_code: d.kind, address: s?.address || d.address, narrative: narrativeOf(d, r, kind), occurred_at: new Date(d.startedAt).toISOString(),
    ...(s?.lon !== undefined && s.lat !== undefined && { position: { lat: s.lat, lon: s.lon, datum: 'wgs84' as const, ...(s.uncertaintyM !== undefined && { uncertainty_m: Math.min(100_000, Math.round(s.uncertaintyM)) }) } }),
    ...(contact && { contact }),
  } as Schemas['incident.Intake']
}

/** What is missing before it can be saved: key of the fault by field. */
export function lacks(d: Draft): { kind?: string; address?: string } {
  if (d.joins?.how === 'note') return {}
  return { ...(!d.kind && { kind: 'intake.kind_needed' }), ...(!settled(d) && { address: 'intake.place_needed' }) }
}
