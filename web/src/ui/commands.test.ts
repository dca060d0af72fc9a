import { expect, test } from 'vitest'
import { fitting } from './commands'

test('of thousands all are looked at, and only the best are made', () => {
  const list = Array.from({ length: 5000 }, (_, n) => n)
  const textOf = (n: number) => ({ label: `Long Street ${n}`, hint: `X${n}` })
  expect(fitting(list, 'Street 4999', textOf)[0]).toBe(4999)
  expect(fitting(list, 'long street', textOf)).toHaveLength(40)
  expect(fitting(list, 'x4999', textOf)[0]).toBe(4999)
  expect(fitting(list, 'nowhere', textOf)).toEqual([])
})
