export interface Change { field: string; before?: string; after?: string }

const told = (v: unknown) => (v === undefined || v === null ? undefined : typeof v === 'string' ? v : JSON.stringify(v))

/** The fields in which two things differ, nested ones by their path, in order. */
export function changesBetween(before: Record<string, unknown>, after: Record<string, unknown>, at = ''): Change[] {
  const plain = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((k) => {
    const [a, b] = [before[k], after[k]]
    const field = at ? `${at}.${k}` : k
    if (plain(a) && plain(b)) return changesBetween(a, b, field)
    return told(a) === told(b) ? [] : [{ field, before: told(a), after: told(b) }]
  })
}
