import { expect, test } from 'vitest'
import { diffOf, type MapPoint } from './points'

const point = (id: string, extra: Partial<MapPoint> = {}): MapPoint => ({ id, kind: 'incident', lon: 120, lat: 29, icon: 'green', label: id, ...extra })

test('a map is told only of what differs, and of nothing when nothing does', () => {
  const shown = new Map<string, MapPoint>()
  expect(diffOf(shown, [point('a'), point('b'), point('c')])).toMatchObject({ add: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], update: [], remove: [] })
  expect(diffOf(shown, [point('a'), shown.get('b')!, point('c')])).toBeUndefined()
  expect(diffOf(shown, [point('a', { lon: 121 }), point('b', { icon: 'red', rank: 3 })])).toEqual({
    add: [], remove: ['c'],
    update: [
      { id: 'a', newGeometry: { type: 'Point', coordinates: [121, 29] } },
      { id: 'b', addOrUpdateProperties: [{ key: 'icon', value: 'red' }, { key: 'rank', value: 3 }] },
    ],
  })
  expect([...shown.values()].map((p) => [p.id, p.lon, p.icon])).toEqual([['a', 121, 'green'], ['b', 120, 'red']])
})
