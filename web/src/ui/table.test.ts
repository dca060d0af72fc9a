import { expect, test } from 'vitest'
import { sorted, type Column } from './table'

interface Row { text: string; at: number }
const rows: Row[] = [{ text: '23:50', at: 2 }, { text: '00:10', at: 3 }, { text: '11/24 08:00', at: 1 }]
const columns = (order?: Column<Row>['order']): Column<Row>[] => [{ key: 'at', label: '', sortable: true, text: (r) => r.text, order }]
const ats = (list: Row[]) => list.map((r) => r.at)

test('a column is sorted by what it says it is sorted by, and by its text if it says nothing', () => {
  const by = columns((r) => r.at)
  expect(ats(sorted(rows, by, { key: 'at', down: false }))).toEqual([1, 2, 3])
  expect(ats(sorted(rows, by, { key: 'at', down: true }))).toEqual([3, 2, 1])
  expect(ats(sorted(rows, columns(), { key: 'at', down: false }))).toEqual([3, 1, 2])
  expect(sorted(rows, by, undefined)).toBe(rows)
})
