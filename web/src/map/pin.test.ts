import { expect, test, vi } from 'vitest'
import { metresBetween, movePin, nudged, readPoint, shifted, usePin } from './pin'

const here = { lon: 120, lat: 29 }

test('an arrow moves the pin by five metres, with Shift by fifty, other keys not at all', () => {
  const north = nudged(here, { key: 'ArrowUp', shiftKey: false })!
  expect(metresBetween(here, north)).toBeCloseTo(5, 3)
  expect(north.lat).toBeGreaterThan(here.lat)
  expect(north.lon).toBe(here.lon)
  const west = nudged(here, { key: 'ArrowLeft', shiftKey: true })!
  expect(metresBetween(here, west)).toBeCloseTo(50, 2)
  expect(west.lon).toBeLessThan(here.lon)
  expect(nudged(here, { key: 'a', shiftKey: false })).toBeUndefined()
})

test('east and north are metres wherever the point is', () => {
  for (const lat of [0, 29, 60]) {
    const at = { lon: 10, lat }
    expect(metresBetween(at, shifted(at, 300, 400))).toBeCloseTo(500, 0)
  }
})

test('a pin moves only when it may, and its owner hears of it', () => {
  const pin = usePin()
  const onMove = vi.fn()
  pin.value = { movable: true, onMove }
  movePin(here)
  expect(pin.value).toMatchObject(here)
  expect(onMove).toHaveBeenCalledWith(here)
  pin.value = { ...here, movable: false, onMove }
  movePin({ lon: 1, lat: 2 })
  expect(pin.value).toMatchObject(here)
  expect(onMove).toHaveBeenCalledTimes(1)
  pin.value = undefined
  movePin(here)
  expect(pin.value).toBeUndefined()
})

test('a typed point is read either way round, and nothing else is', () => {
  expect(readPoint('29.123, 120.5')).toEqual({ lat: 29.123, lon: 120.5 })
  expect(readPoint('120.5，29.123')).toEqual({ lat: 29.123, lon: 120.5 })
  expect(readPoint(' -12.5 30 ')).toEqual({ lat: -12.5, lon: 30 })
  for (const wrong of ['', '29', '29,', 'a, b', '200, 300', '29.1, 120.2, 3']) expect(readPoint(wrong)).toBeUndefined()
})
