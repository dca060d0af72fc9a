/** Why a request was refused (RFC 9457, with our key), or why it did not arrive. */
export class Problem extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** Stable: room.what. The catalogues hold its text. */
    readonly key: string,
    /** JSON pointer of the field at fault, or the name of a parameter. */
    readonly path = '',
    readonly params: Record<string, unknown> = {},
    readonly requestId = '',
  ) {
    super(`${status} ${key}${path ? ' at ' + path : ''}`)
    this.name = 'Problem'
  }

  static async of(answer: Response): Promise<Problem> {
    try {
      const b = (await answer.clone().json()) as { key?: string; path?: string; params?: Record<string, unknown>; request_id?: string }
      if (b.key) return new Problem(answer.status, b.key, b.path, b.params, b.request_id)
    } catch { /* not ours: a proxy's page, or nothing */ }
    return new Problem(answer.status, 'network.odd_answer')
  }

  /** The field of a form: "/position/lat" is position.lat. */
  get field(): string {
    return this.path.replace(/^\//, '').replaceAll('/', '.')
  }

  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** The key of a problem in the catalogues: incident.already_closed is incident.fault.already_closed. */
function textKey(key: string): string {
  const dot = key.indexOf('.')
  return dot < 0 ? `shell.fault.${key}` : `${key.slice(0, dot)}.fault.${key.slice(dot + 1)}`
}

type Texts = { t: (key: string, params?: Record<string, unknown>) => string; te: (key: string) => boolean }

/** What to tell a person: the catalogue's text, or what the status says where it has none. */
export function problemText(p: unknown, { t, te }: Texts): string {
  if (!(p instanceof Problem)) return t('shell.fault.page_error')
  for (const key of [textKey(p.key), p.key === 'network.unreachable' ? 'shell.fault.unreachable' : `shell.status.${p.status}`]) {
    if (te(key)) return t(key, p.params)
  }
  return t('shell.status.other', { status: p.status })
}
