import { describe, expect, it } from 'vitest'
import type { Report, Row } from '@/proof'
import { actionKey, bare, bareObject, fromAddress, linkTo, toServer, views } from './filter'
import { contentOf, judge, type Event } from './prove'
import { useSaved } from './saved'
import description from '../../../../api/openapi.json'
import zh from './locale/zh-CN.json'

describe('a question', () => {
  it('goes into the address of the page and comes back', () => {
    const f = { user: 'u1', object: ' users/ ', q: '', from: '2026-11-01', to: '2026-11-02' }
    expect(fromAddress(bare(f))).toEqual({ user: 'u1', object: 'users/', from: '2026-11-01', to: '2026-11-02' })
    expect(fromAddress({ user: ['a', 'b'], page: '3' })).toEqual({})
  })
  it('asks for both of its days, in the centre’s zone', () => {
    expect(toServer({ from: '2026-11-01', to: '2026-11-02' })).toMatchObject({ from: '2026-10-31T16:00:00.000Z', to: '2026-11-02T16:00:00.000Z' })
    expect(toServer({})).toEqual({ user_id: undefined, object: undefined, action: undefined, result: undefined, address: undefined, q: undefined, from: undefined, to: undefined })
    expect(linkTo('/x', { a: '1&2', b: undefined })).toBe('/x?a=1%262')
    expect(linkTo('/x', {})).toBe('/x')
  })
  it('is about the thing, not what was done to it', () => {
    expect(bareObject('users/1/lock')).toBe('users/1')
  })
})

describe('words', () => {
  it('are there for every request that is recorded', () => {
    const recorded = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods as Record<string, { 'x-audit'?: string }>)
      .filter(([, o]) => ['admin', 'change', 'read', 'login', 'reveal'].includes(o['x-audit'] ?? '')).map(([m]) => `${m.toUpperCase()} ${path}`))
    expect(recorded.length).toBeGreaterThan(50)
    const ops = recorded.filter((a) => !a.includes('/ops/'))
    expect(ops.filter((a) => !(actionKey(a) in zh.action))).toEqual([])
  })
  it('has a name for each view', () => {
    expect(Object.keys(zh.view)).toEqual([...views])
  })
})

const event = (seq: number, extra: Partial<Event> = {}) => ({ seq, at: '2026-11-25T06:00:00.12Z', user_id: 'u', org_id: 'o', address: '', request_id: 'r', class: 'admin', action: 'POST /v1/grants', object: 'grants/1', result: 'ok', ...extra }) as Event
const head = { at: Date.parse('2026-11-25T07:00:00Z'), size: 9 } as never
const rowOf = (ref: string, e: Event): Row => ({ pos: 1, source: 'audit_event', ref, hash: new Uint8Array(32), data: new TextEncoder().encode(JSON.stringify({ ...e, seq: 0 })) })
const report = (...refs: string[]) => ({ wrong: refs.map((ref) => ({ kind: 'row_altered', ref })) }) as Report

describe('an event that is shown', () => {
  it('is proved when its content is what was signed, whatever names stand beside it', () => {
    const e = event(7, { change: { before: { a: '1', b: '2' } } })
    const shown = { ...e, name: 'Anna', login: 'anna', change: { before: { b: '2', a: '1' } }, at: '2026-11-25T06:00:00.120Z' }
    expect(judge([shown], [rowOf('x', e)], report(), head).get(7)).toBe('held')
  })
  it('is not when anything of it differs, or its row is wrong, or nobody signed', () => {
    const e = event(7)
    for (const other of [{ object: 'grants/2' }, { result: 'x' }, { at: '2026-11-25T06:00:00.121Z' }, { purpose: 'p' }]) expect(judge([event(7, other)], [rowOf('x', e)], report(), head).get(7)).toBe('broken')
    expect(judge([e], [rowOf('x', e)], report('x'), head).get(7)).toBe('broken')
    expect(judge([e], [rowOf('x', e)], report(), undefined).get(7)).toBe('broken')
    expect(judge([e], [], report(), head).get(7)).toBe('broken')
  })
  it('waits when it is younger than the signature', () => {
    expect(judge([event(7, { at: '2026-11-25T07:00:01Z' })], [], report(), head).get(7)).toBe('unsigned')
    expect(contentOf('{"at":"2026-11-25T07:00:01Z","a":1}')).toBe(contentOf('{"seq":4,"a":1,"at":"2026-11-25T07:00:01.000Z"}'))
  })
})

describe('saved questions', () => {
  it('stay in this browser, one for each name', () => {
    localStorage.clear()
    const s = useSaved()
    s.save({ name: 'a', view: 'login', query: {} })
    s.save({ name: 'b', view: 'grants', query: { q: 'x' } })
    s.save({ name: 'a', view: 'grants', query: {} })
    expect(useSaved().list.value.map((x) => [x.name, x.view])).toEqual([['a', 'grants'], ['b', 'grants']])
    s.remove('a')
    expect(s.list.value.map((x) => x.name)).toEqual(['b'])
    localStorage.setItem('zhian.audit.saved', 'no list')
    expect(useSaved().list.value).toEqual([])
  })
})
