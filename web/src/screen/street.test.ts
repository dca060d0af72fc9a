import { expect, test } from 'vitest'
import { streetOf } from './street'

test('a wall shows the street and not the house', () => {
  const as: [string, string][] = [
    ['永康市江南街道丽州路128号3幢502室', '永康市江南街道丽州路'],
    ['芝英镇柿后村12号', '芝英镇柿后村'],
    ['丽州路与紫微路交叉口', '丽州路与紫微路'],
    ['康华小区7幢', '康华小区'],
    ['G330国道K123', 'G330国道'],
    ['李家庄李某某家', '李家庄'],
    ['人民路五号', '人民路'],
    ['文渊路３－１号', '文渊路'],
    ['八一路12号', '八一路'],
  ]
  for (const [address, street] of as) expect(streetOf(address), address).toBe(street)
})

test('what names no street is not shown at all', () => {
  for (const address of ['', '王小明家门口', '13812345678', '3号楼下']) expect(streetOf(address), address).toBe('')
})
