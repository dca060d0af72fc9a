/** The columns of an import, in the words of the API. */
export const columns = ['code', 'name', 'kind', 'parent_code', 'sort'] as const
export type Column = (typeof columns)[number]
export const required: readonly Column[] = ['code', 'name', 'kind']

/** What a file calls its columns, and what stands in its first row. */
export interface Head { titles: string[]; first: string[] }

const enough = 64 << 10 // bytes of a file in which its first two lines are

/** The first lines of a file, read as the server reads it: UTF-8, else GB18030; commas, tabs or semicolons. */
export async function headOf(file: Blob): Promise<Head> {
  const [titles = [], first = []] = records(decoded(new Uint8Array(await file.slice(0, enough).arrayBuffer())), 2)
  return { titles: titles.map((x) => x.trim()), first: first.map((x) => x.trim()) }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }) // the last character may be cut
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

function separator(text: string): string {
  const line = text.split('\n', 1)[0]!
  return [',', '\t', ';'].reduce((best, d) => (line.split(d).length > line.split(best).length ? d : best))
}

function records(text: string, most: number): string[][] {
  const list: string[][] = []
  const sep = separator(text)
  let record: string[] = []
  let cell = ''
  let quoted = false
  const end = () => { record.push(cell); cell = '' }
  for (let i = 0; i < text.length && list.length < most; i++) {
    const c = text[i]!
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[i++]
    else if (c === '"' && (quoted || !cell.trim())) quoted = !quoted
    else if (quoted) cell += c
    else if (c === sep) end()
    else if (c === '\n') { end(); list.push(record); record = [] }
    else if (c !== '\r') cell += c
  }
  if (list.length < most && (cell || record.length)) { end(); list.push(record) }
  return list
}

const plain = (title: string) => title.toLowerCase().replaceAll(/[\s_*]/g, '')
export type Match = Partial<Record<Column, string>>

/** The columns that a file does not call by our names, when it has others that they may be. */
export function toMatch(h: Head): Column[] {
  const missing = columns.filter((c) => !h.titles.includes(c))
  return h.titles.some((x) => x && !(columns as readonly string[]).includes(x)) ? missing : []
}

/** What each of them most likely is: as it was matched before, else by what such columns are usually called. */
export function guess(h: Head, before: Match, usual: (c: Column) => string[]): Match {
  const taken = new Set<string>()
  const match: Match = {}
  for (const c of toMatch(h)) {
    const title = [before[c] ?? '', ...usual(c)].flatMap((x) => h.titles.filter((y) => y && plain(x) === plain(y) && !taken.has(y)))[0]
    if (!title) continue
    taken.add(title)
    match[c] = title
  }
  return match
}

/** What is wrong with a match: key of the fault by field. */
export function faultsOf(h: Head | undefined, m: Match): Record<string, string | false> {
  if (!h) return {}
  return Object.fromEntries(toMatch(h).map((c) => [`columns.${c}`, !m[c] ? required.includes(c) && 'org.column_needed' : Object.values(m).filter((x) => x === m[c]).length > 1 && 'org.column_used_twice']))
}

const place = 'zhian.org.columns'

/** How the columns were matched last, in this browser. */
export function matchedBefore(): Match {
  try {
    return { ...(JSON.parse(localStorage.getItem(place) ?? '{}') as Match) }
  } catch {
    return {}
  }
}
export function remember(m: Match) {
  try {
    localStorage.setItem(place, JSON.stringify({ ...matchedBefore(), ...m }))
  } catch { /* it is matched by hand again */ }
}
