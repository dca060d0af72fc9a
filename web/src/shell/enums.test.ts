import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { byRoom } from './i18n'

type Texts = { [key: string]: Texts | string }
const catalogues = {
  'zh-CN': byRoom(import.meta.glob<Texts>(['/src/**/locale/zh-CN.json', '!/src/gallery/**'], { eager: true, import: 'default' })),
  en: byRoom(import.meta.glob<Texts>(['/src/**/locale/en.json', '!/src/gallery/**'], { eager: true, import: 'default' })),
}
const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

type Schema = { enum?: string[]; properties?: Record<string, Schema> }
const schemas = (JSON.parse(read('api/openapi.json')) as { components: { schemas: Record<string, Schema> } }).components.schemas
const said = (name: string) => schemas[name]?.enum ?? []

/** What the API enumerates and where pages look up what it is called; what no page shows as a value stands for itself below. */
const shown: Record<string, string[]> = {
  'incident.Status': ['incident.status'], 'incident.Step': ['incident.step'], 'org.Act': ['org.act'], 'org.Kind': ['org.kind'], 'org.Outcome': ['org.outcome'], 'org.State': ['org.import_state'],
  'pace.Group': ['pace.by'], 'pace.Outcome': ['incident.status'], 'pace.Verdict': ['ui.verdict'], 'place.Class': ['incident.area'], 'place.Grain': ['intake.grain'], 'place.HazardKind': ['incident.hazard'], 'unit.State': ['unit.state'],
}
const fields: [schema: string, field: string, texts: string[]][] = [
  ['incident.Correction', 'field', ['incident.field_of']], ['incident.Press', 'step', ['handset.press', 'handset.deed', 'handset.toast.step', 'incident.verb']], ['incident.Revealing', 'purpose', ['incident.purpose']],
  ['identity.NewAccount', 'kind', ['identity.kinds']], ['pace.NewDefinition', 'clock', ['ui.clock']], ['unit.Form', 'kind', ['unit.kind']],
]
const elsewhere = [
  'geo.Datum', 'httpapi.AuditClass', 'notify.Audience', 'notify.Class', 'notify.Outcome', 'notify.State', 'place.How', // no page shows them
  'incident.Kind', 'pace.Clock', 'pace.Stage', 'pace.Step', // shown in part, see below
]

/** What stands in sources of the server alone. */
const codes = (text: string) => [...text.matchAll(/"(\w+)"/g)].map((m) => m[1]!)
const inSource = (path: string, pattern: RegExp) => codes(read(path).match(pattern)?.[0] ?? '')

function lacking(room: string, values: string[]): string[] {
  expect(values.length, room).toBeGreaterThan(1)
  return Object.entries(catalogues).flatMap(([language, all]) => {
    const at = room.split('.').reduce<Texts | string | undefined>((o, key) => (typeof o === 'object' ? o[key] : undefined), all as Texts)
    return values.filter((v) => typeof at !== 'object' || typeof at[v] !== 'string').map((v) => `${language} ${room}.${v}`)
  })
}

describe('what the API enumerates', () => {
  it('has a text in both languages wherever a page shows it', () => {
    const bad = [
      ...Object.entries(shown).flatMap(([name, rooms]) => rooms.flatMap((r) => lacking(r, said(name)))),
      ...fields.flatMap(([name, field, rooms]) => rooms.flatMap((r) => lacking(r, schemas[name]?.properties?.[field]?.enum ?? []))),
    ]
    expect(bad).toEqual([])
  })
  it('is either shown or known to be shown nowhere', () => {
    const named = Object.entries(schemas).filter(([, s]) => s.enum).map(([name]) => name)
    expect(named.filter((n) => !(n in shown) && !elsewhere.includes(n))).toEqual([])
  })
  it('has a text for what is shown of a list', () => {
    expect(lacking('incident.entry', said('incident.Kind').filter((k) => k !== 'step'))).toEqual([])
    expect(lacking('incident.entry', (schemas['incident.Press']?.properties?.step?.enum ?? []).map((s) => `step_${s}`))).toEqual([])
    expect(lacking('pace.step', said('pace.Step').filter((s) => s !== 'ended' && s !== 'reopened'))).toEqual([]) // which no clock begins or ends with
    expect(lacking('ui.verdict', said('pace.Stage').filter((s) => s !== 'warned'))).toEqual([]) // a page shows one that is warned of as running
  })
  it('has a text for codes that the server keeps in lists of its own', () => {
    expect(lacking('incident.disposition', read('module/incident/data/dispositions.csv').trim().split('\n').slice(1).map((l) => l.split(',')[0]!))).toEqual([])
    expect(lacking('incident.reason', inSource('module/incident/risk.go', /var weights = [^}]*\}/))).toEqual([])
    expect(lacking('incident.lack', inSource('module/unit/near.go', /var shortfalls = [^}]*\}/))).toEqual([])
  })
})
