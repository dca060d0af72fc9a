import { computed, onScopeDispose, reactive, shallowReactive, type ComputedRef } from 'vue'

/**
 * Keyboard shortcuts. An action belongs to a scope (global, console, dialog …);
 * the innermost open scope that knows a key wins. A shortcut is one stroke or two
 * after one another: "j", "Ctrl+k", "d 1", "g c". Single keys can be switched off
 * and everything can be remapped (WCAG 2.1.4).
 */
export interface Action {
  id: string // "console.next"
  keys: string // as shipped; several are parted by " / "
  text: string // key of its words
  params?: Record<string, unknown> // of its words
  scope: string
  run: (e: KeyboardEvent) => void
  may?: () => boolean // whether this account has it at all
  when?: () => boolean // whether it can be done now
  minor?: boolean // in the sheet, not in the line below
}

/** Two actions that get into each other's way: with the same keys, or the first has the stroke that begins the second's. */
export interface Conflict { one: Action; other: Action; keys: string; others: string }

export interface KeyPrefs { singleKeys: boolean; keys: Record<string, string> }

export const chordWithin = 1200 // ms

/** How a stroke is written: modifiers, then the key in lower case. */
export function strokeOf(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = e.key === ' ' ? 'space' : e.key.toLowerCase()
  const shifted = e.shiftKey && (key.length > 1 || /[a-z]/.test(key))
  return (e.ctrlKey || e.metaKey ? 'ctrl+' : '') + (e.altKey ? 'alt+' : '') + (shifted ? 'shift+' : '') + key
}

const spelled = (keys: string) => keys.toLowerCase().split(' / ').map((s) => s.trim())

/** A single key without a modifier, or a chord that begins with one. */
const single = (keys: string) => !/^(ctrl|alt)\+|^(escape|enter|f\d+|arrow\w+)$/.test(keys.split(' ')[0]!)

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
}

/** What is open above the page has its keys for itself. */
function busyElsewhere(target: EventTarget | null): boolean {
  return target instanceof Element && !!target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]')
}

export function makeKeys(prefs: KeyPrefs) {
  const actions = shallowReactive(new Map<string, Action>())
  const scopes = reactive<string[]>(['global'])
  let begun = ''
  let begunAt = 0

  const keysOf = (a: Action) => spelled(prefs.keys[a.id] ?? a.keys)

  /** What can be done now, the innermost scope first. */
  function possible(): Action[] {
    const order = [...scopes].reverse()
    return [...actions.values()].filter((a) => scopes.includes(a.scope) && (a.may?.() ?? true) && (a.when?.() ?? true))
      .sort((a, b) => order.indexOf(a.scope) - order.indexOf(b.scope))
  }

  /** Whether a stroke did something. */
  function press(e: KeyboardEvent): boolean {
    if (e.defaultPrevented || e.isComposing || /^(Control|Shift|Alt|Meta|Process|Dead)$/.test(e.key)) return false
    const stroke = strokeOf(e)
    const chord = begun && e.timeStamp - begunAt < chordWithin ? `${begun} ${stroke}` : ''
    begun = ''
    const open = possible().filter((a) => keysOf(a).some((k) => allowed(k, e)))
    for (const wanted of [chord, stroke]) {
      const hit = wanted && open.find((a) => keysOf(a).includes(wanted))
      if (hit) {
        e.preventDefault()
        hit.run(e)
        return true
      }
    }
    if (open.some((a) => keysOf(a).some((k) => k.startsWith(stroke + ' ')))) {
      begun = stroke
      begunAt = e.timeStamp
      e.preventDefault()
      return true
    }
    return false
  }

  function allowed(keys: string, e: KeyboardEvent): boolean {
    if (/^(ctrl|alt)\+|^f\d+$/.test(keys)) return true
    if (busyElsewhere(e.target)) return false
    return !single(keys) || (prefs.singleKeys && !typing(e.target))
  }

  function register(list: Action[]): () => void {
    for (const a of list) actions.set(a.id, a)
    return () => {
      for (const a of list) if (actions.get(a.id) === a) actions.delete(a.id)
    }
  }

  function enter(scope: string): () => void {
    scopes.push(scope)
    let left = false
    return () => {
      if (!left) scopes.splice(scopes.lastIndexOf(scope), 1)
      left = true
    }
  }

  /** The keys of an action that are in force, to be shown; none when it has none or single keys are switched off. */
  function capOf(id: string): string | undefined {
    const a = actions.get(id)
    const first = a && keysOf(a)[0]
    return first && (prefs.singleKeys || !single(first)) ? first : undefined
  }

  /** Another key of one's own; the one that was shipped is none. */
  function assign(a: Action, to: string | undefined) {
    if (to === undefined || to === a.keys.toLowerCase()) delete prefs.keys[a.id]
    else prefs.keys[a.id] = to
  }

  /** An inner scope may take a key of the page's on purpose; what somebody has assigned did so by mistake. */
  const meet = (a: Action, b: Action) => a.scope === b.scope || ([a.scope, b.scope].includes('global') && (prefs.keys[a.id] ?? prefs.keys[b.id]) !== undefined)

  /** Actions of this account whose keys are in each other's way, each pair of words once. */
  const conflicts: ComputedRef<Conflict[]> = computed(() => {
    const strokes = [...actions.values()].filter((a) => a.may?.() ?? true).flatMap((a) => keysOf(a).map((keys) => ({ a, keys })))
    const bad = new Map<string, Conflict>()
    strokes.forEach((x, n) => strokes.slice(n + 1).forEach((y) => {
      const [p, q] = x.keys.length <= y.keys.length ? [x, y] : [y, x]
      if (p.a !== q.a && meet(p.a, q.a) && (p.keys === q.keys || q.keys.startsWith(p.keys + ' '))) bad.set(`${p.a.text} ${q.a.text}`, bad.get(`${p.a.text} ${q.a.text}`) ?? { one: p.a, other: q.a, keys: p.keys, others: q.keys })
    }))
    return [...bad.values()]
  })

  return { actions, scopes, register, enter, press, possible, keysOf, capOf, assign, conflicts, prefs }
}
export type Keys = ReturnType<typeof makeKeys>

let one: Keys | undefined
export function startKeys(prefs: KeyPrefs): Keys {
  one = makeKeys(prefs)
  addEventListener('keydown', (e) => one!.press(e))
  return one
}
export function useKeys(): Keys {
  return (one ??= makeKeys({ singleKeys: true, keys: {} }))
}

/** Registers actions, and their scope, as long as the component lives. */
export function useActions(list: Action[], scope?: string) {
  const k = useKeys()
  const off = k.register(list)
  const leave = scope ? k.enter(scope) : undefined
  onScopeDispose(() => {
    off()
    leave?.()
  })
}

/** Words for the caps: "ctrl+k" is Ctrl K. */
const shown: Record<string, string> = { escape: 'Esc', enter: '↵', arrowup: '↑', arrowdown: '↓', arrowleft: '←', arrowright: '→', ctrl: 'Ctrl', alt: 'Alt', shift: 'Shift', space: 'Space', tab: 'Tab', pageup: 'PgUp', pagedown: 'PgDn' }
export function caps(keys: string): string[] {
  return keys.toLowerCase().split(' ').flatMap((s) => s.split('+').map((p) => shown[p] ?? (p === '' ? '+' : p.length === 1 || /^f\d+$/.test(p) ? p.toUpperCase() : p)))
}

/** Takes down one stroke, or two after one another. */
export function makeRecorder(done: (keys: string) => void, wait: (fn: () => void, ms: number) => void = (fn, ms) => void setTimeout(fn, ms)) {
  let first = ''
  let turn = 0
  const end = (keys: string) => {
    cancel()
    done(keys)
  }
  function cancel() {
    first = ''
    turn++
  }
  function press(stroke: string) {
    if (first) return end(`${first} ${stroke}`)
    if (/^(ctrl|alt)\+|^f\d+$/.test(stroke)) return end(stroke)
    first = stroke
    const mine = ++turn
    wait(() => { if (mine === turn) end(stroke) }, chordWithin)
  }
  return { press, cancel }
}
