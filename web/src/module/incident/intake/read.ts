import grammar from './grammar.json'

/**
 * Reads the line that a call-taker types while listening. What it finds is a
 * proposal; what is typed stays. The words of kinds and risks are the server's,
 * those of places and counts are in grammar.json.
 */
export interface Tables {
  kinds: readonly { code: string; priority: number; words: readonly string[] }[]
  risks: Readonly<Record<string, readonly string[]>> // by reason; denial and doubt are none
}

export const riskNames = ['weapon', 'injury', 'fire', 'violence'] as const
export type RiskName = (typeof riskNames)[number]

export interface Reading {
  address?: string
  near?: boolean // beside what the address names
  point?: { lon: number; lat: number }
  kind?: string
  people?: string // a number, or one with "+" behind it
  phone?: string
  risks: Partial<Record<RiskName, boolean>> // false: it was said that there is none
  rest: string // the line without the phone
}

const escaped = (list: readonly string[]) => [...list].sort((a, b) => b.length - a.length).map((w) => w.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
const numeral = `(?:\\d{1,3}|[${Object.keys(grammar.digits).join('')}]{1,3})`
const phoneLike = /(?<!\d)(1\d{2}[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-?\d{7,8}|\d{7,8})(?!\d)/
const pointLike = /(?<![\d.])(\d{1,3}\.\d{3,})\s*[,，;\s]\s*(\d{1,3}\.\d{3,})(?![\d.])/
const peopleLike = new RegExp(`(${numeral}|[${grammar.vague.join('')}])([${grammar.vague.join('')}]{0,2})(${numeral})?(?:${escaped(grammar.people)})(?!${escaped(grammar.notPeople)})`, 'g')
const storeys = grammar.numbered.filter((n) => grammar.tails.some((t) => t.startsWith(n.slice(-1)) && grammar.upstairs.includes(t.slice(1)))) // a floor, unless what follows makes it "upstairs"
const suffix = new RegExp(`(?:${escaped(grammar.suffixes)}|[\\d${Object.keys(grammar.digits).join('')}A-Za-z-]+(?:${escaped(grammar.numbered.filter((n) => !storeys.includes(n)))}|(?:${escaped(storeys)})(?![${grammar.upstairs.join('')}])))`, 'g')
const tail = new RegExp(`^(?:${escaped(grammar.tails)})+`)
const lead = new RegExp(`^(?:${escaped(grammar.leads)})+`)
const behindLead = new RegExp(`(?:${escaped(grammar.leads)})(.+)$`)
const breaks = /[\s,，。;；、!！?？|/]+/

export function readLine(line: string, tables: Tables): Reading {
  const out: Reading = { risks: {}, rest: line.trim() }
  let text = line
  const take = (m: RegExpMatchArray | null) => {
    if (m) text = text.replace(m[0], ' ')
    return m
  }
  const point = take(text.match(pointLike))
  if (point) out.point = pointOf(Number(point[1]), Number(point[2]))
  const phone = take(text.match(phoneLike))
  if (phone) {
    out.phone = phone[1]!.replaceAll(/[ -]/g, '')
    out.rest = line.replace(phone[0], ' ').replaceAll(/\s+/g, ' ').trim()
  }
  const address = placeIn(text, tables)
  if (address) {
    out.address = address
    out.near = grammar.near.some((w) => address.endsWith(w)) || undefined
    for (const part of address.split(' ')) text = text.replace(part, ' ')
  }
  out.kind = kindOf(text, tables.kinds)
  out.risks = risksOf(text, tables.risks)
  out.people = peopleIn(text, tables.risks)
  return out
}

function pointOf(a: number, b: number) {
  const [lat, lon] = a > 90 ? [b, a] : [a, b]
  return lat <= 90 && lon <= 180 ? { lon, lat } : undefined
}

/** Where in a text the first word of what has happened stands, and how long it is. */
function eventAt(text: string, tables: Tables): { at: number; length: number } {
  const words = [...tables.kinds.flatMap((k) => k.words), ...Object.values(tables.risks).flat(), ...grammar.hurtNo]
  let first = { at: text.length, length: 0 }
  for (const w of words) {
    const at = text.indexOf(w)
    if (at >= 0 && (at < first.at || (at === first.at && w.length > first.length)) && !(at > 0 && suffixAt(text, at))) first = { at, length: w.length }
  }
  const people = text.matchAll(peopleLike).next().value
  return people && people.index < first.at ? { at: people.index, length: people[0].length } : first
}

/** Whether a word begins inside of a suffix: then it is part of a name. */
const suffixAt = (text: string, i: number) => [...text.matchAll(suffix)].some((m) => i > m.index && i < m.index + m[0].length)

interface Piece { text: string; whole: boolean; score: number }

/** The part of a text that names a place, if any does. */
function placeIn(text: string, tables: Tables): string | undefined {
  const pieces = text.split(breaks).filter(Boolean).map((p) => pieceOf(p, tables))
  let best: { text: string; score: number } | undefined
  for (let i = 0; i < pieces.length; i++) {
    if (!pieces[i]!.score) continue
    let joined = pieces[i]!.text
    let score = pieces[i]!.score
    for (let k = i; pieces[k]!.whole && pieces[k + 1]?.score; k++) {
      joined += ' ' + pieces[k + 1]!.text
      score += pieces[k + 1]!.score
    }
    if (score > (best?.score ?? 0)) best = { text: joined, score }
  }
  if (best) return best.text
  // A bare name in the first place: nothing else in the piece says what has happened.
  const first = text.trim().split(breaks)[0] ?? ''
  const name = first.replace(lead, '')
  return name.length >= 2 && name.length <= 20 && eventAt(name, tables).at === name.length && !/^[\d.]+$/.test(name) ? name : undefined
}

function pieceOf(piece: string, tables: Tables): Piece {
  const led = piece.replace(lead, '')
  const event = eventAt(led, tables)
  const before = led.slice(0, event.at)
  const hits = [...before.matchAll(suffix)]
  const last = hits.at(-1)
  if (last) {
    const end = last.index + last[0].length
    const more = before.slice(end).match(tail)?.[0] ?? ''
    const numbered = hits.some((m) => /\d|[A-Za-z]/.test(m[0][0]!))
    return { text: before.slice(0, end) + more, whole: end + more.length === led.length, score: hits.length + (numbered ? 2 : 0) }
  }
  // Behind what it is about: "a fight at number 8", "about the shop at the corner".
  const after = event.length && event.at === 0 ? led.slice(event.length) : led.slice(event.at).match(behindLead)?.[1]
  return after ? { ...pieceOf(after, tables), whole: false } : { text: '', whole: false, score: 0 }
}

/** The kind whose words are in a text; of several the most urgent one. A longer word wins over one inside of it. */
function kindOf(text: string, kinds: Tables['kinds']): string | undefined {
  const words = kinds.flatMap((k) => k.words.map((w) => ({ w, k }))).sort((a, b) => b.w.length - a.w.length)
  const found = new Map<string, { priority: number; weight: number }>()
  let left = text
  for (const { w, k } of words) {
    if (!left.includes(w)) continue
    left = left.replaceAll(w, '\0'.repeat(w.length))
    found.set(k.code, { priority: k.priority, weight: (found.get(k.code)?.weight ?? 0) + w.length })
  }
  return [...found].sort(([, a], [, b]) => a.priority - b.priority || b.weight - a.weight)[0]?.[0]
}

/** What the text says of risks, as the server will judge it: a denial right before a word takes it back, unless it is a doubt. */
function risksOf(text: string, words: Tables['risks']): Reading['risks'] {
  const out: Reading['risks'] = {}
  const ends = (before: string, reason: string) => (words[reason] ?? []).some((w) => before.endsWith(w))
  for (const name of riskNames) {
    for (const w of words[name] ?? []) {
      for (let i = text.indexOf(w); i >= 0; i = text.indexOf(w, i + w.length)) {
        const before = text.slice(0, i)
        const denied = ends(before, 'denial') && !ends(before, 'doubt')
        out[name] = out[name] || !denied
      }
    }
  }
  if (out.injury === undefined && grammar.hurtNo.some((w) => text.includes(w))) out.injury = false
  return out
}

/** How many people the text speaks of; men and women are added up, those who are hurt are among the others. */
function peopleIn(text: string, risks: Tables['risks']): string | undefined {
  let sum = 0
  let vague = false
  let hurt = 0
  for (const m of text.matchAll(peopleLike)) {
    const behind = text.slice(m.index + m[0].length)
    const n = countOf(m[1]!)
    const either = !/\d/.test(m[1]!) && m[1]!.length > 1 && (n ?? 0) < 10 // "four or five"
    const open = n === undefined || either || !!m[2] || !!m[3]
    if ((risks.injury ?? []).some((w) => behind.startsWith(w))) {
      hurt = Math.max(hurt, n ?? 0)
      continue
    }
    if (m[0] === grammar.vague[0]) continue
    sum += n ?? 1
    vague ||= open
  }
  const count = sum || hurt
  return count ? `${count}${vague ? '+' : ''}` : undefined
}

/** Numbers as people say them, below a hundred. */
function countOf(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word)
  const digits = grammar.digits as Record<string, number>
  const parts = [...word]
  if (parts.some((c) => digits[c] === undefined)) return undefined
  const ten = parts.indexOf(Object.keys(digits).find((k) => digits[k] === 10)!)
  if (ten < 0) return digits[parts[0]!]
  return (ten > 0 ? digits[parts[0]!]! : 1) * 10 + (parts[ten + 1] ? digits[parts[ten + 1]!]! : 0)
}
