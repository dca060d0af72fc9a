import { expect, test } from 'vitest'
import type { Line } from '../module/pace/noise'
import type { Unit } from '../module/unit/fleet'
import { callsOf, unitsOf } from './figures'

test('units without a crew count nowhere, those out of service are not on duty', () => {
  const unit = (state: Unit['state'], crew = 1) => ({ state, crew: Array.from({ length: crew }) }) as unknown as Unit
  expect(unitsOf([unit('available'), unit('available', 0), unit('on_scene'), unit('out_of_service'), unit('en_route')])).toEqual({ available: 1, dispatched: 0, en_route: 1, on_scene: 1, out_of_service: 1, duty: 3 })
})

test('calls are all cases of the first clock, whatever became of them', () => {
  const line = (clock: string, n: number) => ({ clock, n, missing: 1, inverted: 0, censored: 2, running: 3, excluded: 0 }) as unknown as Line
  expect(callsOf([line('arrival', 90), line('dispatch', 100)])).toBe(106)
  expect(callsOf([])).toBe(0)
})
