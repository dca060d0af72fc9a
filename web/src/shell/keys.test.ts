import { describe, expect, it } from 'vitest'
import { reactive } from 'vue'
import { caps, chordWithin, makeKeys, makeRecorder, strokeOf, type Action, type Keys } from './keys'

const press = (key: string, more: Partial<KeyboardEvent> & { at?: number } = {}) => {
  const e = new KeyboardEvent('keydown', { key, cancelable: true, ...more })
  Object.defineProperty(e, 'timeStamp', { value: more.at ?? 0 })
  if (more.target) Object.defineProperty(e, 'target', { value: more.target })
  return e
}
const action = (id: string, keys: string, done: string[], more: Partial<Action> = {}): Action => ({ id, keys, text: id, scope: 'global', run: () => void done.push(id), ...more })

const told = (k: Keys) => k.conflicts.value.map((c) => `${c.one.text} ${c.keys}, ${c.other.text} ${c.others}`)

describe('keys', () => {
  it('writes strokes in one way', () => {
    expect(strokeOf({ key: 'K', ctrlKey: true, metaKey: false, altKey: false, shiftKey: false })).toBe('ctrl+k')
    expect(strokeOf({ key: '?', ctrlKey: false, metaKey: false, altKey: false, shiftKey: true })).toBe('?')
    expect(strokeOf({ key: 'Enter', ctrlKey: false, metaKey: false, altKey: false, shiftKey: true })).toBe('shift+enter')
    expect(caps('ctrl+k')).toEqual(['Ctrl', 'K'])
    expect(caps('d 1')).toEqual(['D', '1'])
  })

  it('does what one stroke or two mean, the second within the time', () => {
    const done: string[] = []
    const k = makeKeys({ singleKeys: true, keys: {} })
    k.register([action('first', 'd 1', done), action('one', '1', done), action('next', 'j / arrowdown', done)])
    expect(k.press(press('j'))).toBe(true)
    expect(k.press(press('ArrowDown'))).toBe(true)
    k.press(press('d', { at: 1000 }))
    k.press(press('1', { at: 1500 }))
    k.press(press('d', { at: 5000 }))
    k.press(press('1', { at: 9000 })) // too late for a pair: it stands alone
    expect(done).toEqual(['next', 'next', 'first', 'one'])
    expect(k.press(press('x'))).toBe(false)
  })

  it('lets the innermost scope go first, and leaves it when that closes', () => {
    const done: string[] = []
    const k = makeKeys({ singleKeys: true, keys: {} })
    k.register([action('page', 'escape', done), action('dialog', 'escape', done, { scope: 'dialog' })])
    const leave = k.enter('dialog')
    k.press(press('Escape'))
    leave()
    leave() // once is enough
    k.press(press('Escape'))
    expect(done).toEqual(['dialog', 'page'])
  })

  it('leaves single keys to those who type, and to those who have switched them off', () => {
    const done: string[] = []
    const prefs = { singleKeys: true, keys: {} }
    const k = makeKeys(prefs)
    k.register([action('next', 'j', done), action('palette', 'ctrl+k', done)])
    const target = document.createElement('input')
    k.press(press('j', { target }))
    k.press(press('k', { ctrlKey: true, target }))
    expect(done).toEqual(['palette'])
    prefs.singleKeys = false
    k.press(press('j'))
    expect(done).toEqual(['palette'])
  })

  it('can be remapped, tells conflicts, and takes no key in the middle of a word being composed', () => {
    const done: string[] = []
    const k = makeKeys({ singleKeys: true, keys: { next: 'n' } })
    const off = k.register([action('next', 'j', done), action('new', 'n', done)])
    expect(told(k)).toEqual(['next n, new n'])
    k.press(press('j'))
    k.press(press('n', { isComposing: true }))
    expect(done).toEqual([])
    off()
    expect(k.press(press('n'))).toBe(false)
  })

  it('does nothing that is not possible now', () => {
    const done: string[] = []
    const k = makeKeys({ singleKeys: true, keys: {} })
    k.register([action('close', 'c', done, { when: () => false })])
    expect(k.press(press('c'))).toBe(false)
    expect(done).toEqual([])
  })

  it('tells of a stroke that begins what another one needs two for, once for each pair of words', () => {
    const k = makeKeys(reactive({ singleKeys: true, keys: { note: 'd' } }))
    k.register([action('first', 'd 1', []), action('second', 'd 2', [], { text: 'first' }), action('list', 'd d', []), action('note', 'b', [])])
    expect(told(k)).toEqual(['note d, first d 1', 'note d, list d d'])
    k.assign(k.actions.get('note')!, undefined)
    expect(told(k)).toEqual([])
  })

  it('tells of a key of the page that an inner place takes only when somebody has assigned it', () => {
    const keys: Record<string, string> = {}
    const k = makeKeys({ singleKeys: true, keys })
    k.register([action('back', 'escape', [], { scope: 'console' }), action('close', 'escape', []), action('go', 'g c', []), action('hers', 'x', [], { may: () => false }), action('mine', 'x', [])])
    expect(told(k)).toEqual([])
    const other = makeKeys({ singleKeys: true, keys: { back: 'g' } })
    other.register([action('back', 'escape', [], { scope: 'console' }), action('go', 'g c', []), action('elsewhere', 'g', [], { scope: 'clock' })])
    expect(told(other)).toEqual(['back g, go g c'])
  })

  it('shows the keys in force, and none that cannot be pressed', () => {
    const prefs = { singleKeys: true, keys: {} as Record<string, string> }
    const k = makeKeys(prefs)
    const next = action('next', 'j / arrowdown', [])
    k.register([next, action('palette', 'ctrl+k', [])])
    expect(k.capOf('next')).toBe('j')
    k.assign(next, 'm')
    expect([k.capOf('next'), k.capOf('nobody')]).toEqual(['m', undefined])
    prefs.singleKeys = false
    expect([k.capOf('next'), k.capOf('palette')]).toEqual([undefined, 'ctrl+k'])
    k.assign(next, 'j / arrowdown')
    expect(prefs.keys).toEqual({})
  })

  it('knows what can be done now, here first, and nothing that this account has not', () => {
    const k = makeKeys({ singleKeys: true, keys: {} })
    k.register([action('sheet', '?', []), action('hers', 'h', [], { may: () => false }), action('send', 'd', [], { scope: 'console', when: () => false }), action('take', 'n', [], { scope: 'console' })])
    k.enter('console')
    expect(k.possible().map((a) => a.id)).toEqual(['take', 'sheet'])
    expect(k.press(press('h'))).toBe(false)
  })

  it('takes down one stroke after a while, two at once, and one with a modifier at once', () => {
    const done: string[] = []
    const waits: { fn: () => void; ms: number }[] = []
    const r = makeRecorder((keys) => void done.push(keys), (fn, ms) => void waits.push({ fn, ms }))
    r.press('d')
    expect([done.length, waits[0]!.ms]).toEqual([0, chordWithin])
    r.press('7')
    waits[0]!.fn() // too late: it is taken down already
    r.press('m')
    waits[1]!.fn()
    r.press('ctrl+j')
    r.press('x')
    r.cancel()
    waits[2]!.fn()
    expect(done).toEqual(['d 7', 'm', 'ctrl+j'])
  })
})
