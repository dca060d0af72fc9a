const wide = 34 // letters as wide as Han ones that two lines of the narrowest detail hold

/** Whether a narrative needs more than the two lines that it is shown in: Latin letters are half as wide as Han ones. */
export function isLong(text: string): boolean {
  const [, second, third] = text.split('\n')
  if (third !== undefined) return true
  let n = second === undefined ? 0 : wide / 2
  for (const c of second ?? text) n += c > '\u2e7f' ? 1 : 0.55
  return n > wide
}
