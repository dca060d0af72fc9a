import { expect, test } from 'vitest'
import { offeredOf } from './kinds'

test('what is only kept as received is not offered for a choice', () => {
  expect(offeredOf([{ code: '6', counts_as: '12' }, { code: '12' }]).map((k) => k.code)).toEqual(['12'])
  expect(offeredOf(undefined)).toEqual([])
})
