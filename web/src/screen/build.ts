/** The tag of this page as the server has it now: another one after every build. Undefined while it cannot say. */
async function tagNow(): Promise<string | undefined> {
  try {
    const answer = await fetch('/x/', { method: 'HEAD', cache: 'no-store' })
    return (answer.ok && answer.headers.get('ETag')) || undefined
  } catch {
    return undefined
  }
}

/**
 * Goes over to a new build by itself: nobody is here to do it. Only a server that
 * has just answered with one is asked for it, so that no wall ends on a browser's
 * own page about a server that is away. Returns a function that looks now.
 */
export function followBuilds(ask: () => Promise<string | undefined> = tagNow, reload: () => void = () => location.reload()) {
  let mine: string | undefined
  return async (lost = false) => {
    const tag = await ask()
    if (!tag) return
    if (lost || (mine && tag !== mine)) return reload()
    mine = tag
  }
}
