import { describe, expect, it } from 'vitest'
import { caps, makeKeys, strokeOf, type Action } from './keys'

const press = (key: string, more: Partial<KeyboardEvent> & { at?: number } = {}) => {
  const e = new KeyboardEvent('keydown', { key, cancelable: true, ...more })
  Object.defineProperty(e, 'timeStamp', { value: more.at ?? 0 })
  if (more.target) Object.defineProperty(e, 'target', { value: more.target })
  return e
}
const action = (id: string, keys: string, done: string[], more: Partial<Action> = {}): Action => ({ id, keys, text: id, scope: 'global', run: () => void done.push(id), ...more })

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
    expect(k.conflicts.value).toEqual(['next, new: n'])
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
})
