/** A column of a DataTable. */
export interface Column<T> {
  key: string
  label: string
  width?: string // of a grid track: "120px", "2fr"; 1fr if it is not said
  number?: boolean // to the right, in figures
  sortable?: boolean
  hidden?: boolean // until somebody picks it
  text: (row: T) => string | number // what is shown without a slot, and exported
  order?: (row: T) => string | number // what it is sorted by, where that is not the text: a moment, however it reads
}
export interface Sorting { key: string; down: boolean }

/** Rows in an order; equal ones stay as they were. Numbers by size, texts as a dictionary has them. */
export function sorted<T>(rows: T[], columns: Column<T>[], by: Sorting | undefined, language = 'zh-CN'): T[] {
  const column = by && columns.find((c) => c.key === by.key)
  if (!by || !column) return rows
  const compare = new Intl.Collator(language, { numeric: true }).compare
  const sign = by.down ? -1 : 1
  return [...rows].sort((a, b) => {
    const of = column.order ?? column.text
    const [x, y] = [of(a), of(b)]
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y)))
  })
}

/** RFC 4180 with a byte order mark, which spreadsheets here need. A cell that a spreadsheet would run as a formula is text (CWE-1236). */
export function csvOf<T>(rows: T[], columns: Column<T>[]): string {
  const cell = (v: string | number) => {
    const s = typeof v === 'string' && /^[=+\-@\t\r]/.test(v) ? `'${v}` : String(v)
    return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s
  }
  const lines = [columns.map((c) => cell(c.label)), ...rows.map((r) => columns.map((c) => cell(c.text(r))))]
  return '\uFEFF' + lines.map((l) => l.join(',')).join('\r\n') + '\r\n'
}

/** Hands a text to the person as a file. */
export function save(name: string, text: string, type = 'text/csv;charset=utf-8') {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
