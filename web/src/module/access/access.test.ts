import { describe, expect, it } from 'vitest'
import { branchesOf } from '@/module/org/branches'
import { linksOf } from './chain'
import { againOf, byRoom, covers, standing } from './roles'
import description from '../../../../api/openapi.json'
import zh from './locale/zh-CN.json'

const day = (n: number) => new Date(Date.UTC(2026, 10, n)).toISOString()
const now = Date.parse(day(15))

describe('a grant', () => {
  it('stands as the server says', () => {
    expect(standing({ from: day(1) }, now)).toBe('in_force')
    expect(standing({ from: day(20) }, now)).toBe('to_come')
    expect(standing({ from: day(1), until: day(15) }, now)).toBe('ended')
    expect(standing({ from: day(20), revoked_at: day(2) }, now)).toBe('revoked')
  })
  it('is given again as it was, but not for what is past', () => {
    const g = { id: 'g', user_id: 'u', role: 'officer', org_id: 's', unit_only: true, from: day(1), until: day(20), granted_by: 'a', granted_at: day(1) }
    expect(againOf(g, 'x'.repeat(600), now)).toEqual({ user_id: 'u', role: 'officer', org_id: 's', unit_only: true, from: undefined, until: day(20), reason: 'x'.repeat(500) })
    expect(againOf({ ...g, from: day(18) }, '', now).from).toBe(day(18))
  })
  it('carries only when all three hold, and says which does not', () => {
    const r = { from: day(1), in_force: true, covers_permission: true, contains_organisation: true } as never
    expect(linksOf(r, now).map((l) => l.key)).toEqual(['in_force', 'covers', 'contains'])
    expect(linksOf({ ...(r as object), in_force: false, until: day(3), covers_permission: false, contains_organisation: false, unit_only: true } as never, now)).toEqual([
      { key: 'ended', holds: false }, { key: 'covers_not', holds: false }, { key: 'contains_not_unit', holds: false }])
  })
})

describe('permissions', () => {
  it('are covered by name or by room', () => {
    expect([covers('incident.*', 'incident.read'), covers('incident.read', 'incident.read'), covers('incident.*', 'incidents.read'), covers('org.read', 'org.write')]).toEqual([true, true, false, false])
    expect(byRoom(['a.x', 'b.y', 'a.z'])).toEqual([{ room: 'a', perms: ['a.x', 'a.z'] }, { room: 'b', perms: ['b.y'] }])
  })
  it('have words, each that a route asks for', () => {
    const asked = new Set(Object.values(description.paths).flatMap((m) => Object.values(m as Record<string, { 'x-permission'?: string }>).flatMap((o) => o['x-permission'] ?? [])))
    const word = (p: string) => p.split('.').reduce<unknown>((o, k) => (o as Record<string, unknown> | undefined)?.[k], zh.perm)
    expect([...asked].filter((p) => typeof word(p) !== 'string')).toEqual([])
  })
})

describe('the tree of organisations', () => {
  it('hangs each below its parent, in order, without those that ended', () => {
    const list = [{ id: 'c', name: 'c', parent_id: 'a', sort: 2 }, { id: 'a', name: 'a', sort: 1 }, { id: 'b', name: 'b', parent_id: 'a', sort: 1 }, { id: 'x', name: 'x', parent_id: 'gone', sort: 0 }, { id: 'r', name: 'r', parent_id: 'a', sort: 0, retired_at: day(1) }]
    expect(branchesOf(list).map((b) => [b.value, b.children?.map((c) => c.value)])).toEqual([['x', undefined], ['a', ['b', 'c']]])
    expect(branchesOf(list, { retired: true })[1]!.children!.map((c) => c.value)).toEqual(['r', 'b', 'c'])
  })
})
