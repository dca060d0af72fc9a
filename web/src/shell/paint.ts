/**
 * Resolves when the page has shown what changed by then; soon, in a window that nobody
 * sees. What an answer to a key does not need waits for it.
 */
export function painted(): Promise<void> {
  return new Promise((done) => {
    const anyway = setTimeout(done, 100)
    requestAnimationFrame(() => setTimeout(() => {
      clearTimeout(anyway)
      done()
    }))
  })
}
