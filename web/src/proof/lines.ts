/** The lines of a file, without their line feeds, however long it is: it is read piece by piece, and the page stays alive meanwhile. */
export async function* linesOf(file: Blob, read?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const reader = (file.stream() as ReadableStream<Uint8Array>).getReader()
  let rest = new Uint8Array()
  let done = 0
  for (;;) {
    const piece = await reader.read()
    if (piece.done) break
    let bytes: Uint8Array = piece.value
    done += bytes.length
    if (rest.length) {
      const both = new Uint8Array(rest.length + bytes.length)
      both.set(rest)
      both.set(bytes, rest.length)
      bytes = both
    }
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, end)
      from = end + 1
    }
    rest = bytes.slice(from)
    read?.(done)
    await new Promise((go) => { setTimeout(go) })
  }
  if (rest.length) yield rest
}

/** The same of a text that is there already. */
export function linesIn(text: string): Uint8Array[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((l) => new TextEncoder().encode(l))
}
