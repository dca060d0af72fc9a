/** The order that somebody gives to the rows of a table by its headings. */
export interface Order { key: string; down: boolean }

/** The next order when a heading is pressed: up, down, as it was. */
export function pressed(now: Order | undefined, key: string, downFirst: boolean): Order | undefined {
  if (now?.key !== key) return { key, down: downFirst }
  return now.down === downFirst ? { key, down: !downFirst } : undefined
}

export function inOrder<T>(rows: T[], by: Order | undefined, of: (row: T) => string | number, language = 'zh-CN'): T[] {
  if (!by) return rows
  const { compare } = new Intl.Collator(language, { numeric: true })
  const sign = by.down ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [of(a), of(b)]
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y)))
  })
}
