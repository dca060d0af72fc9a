import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { measure, onTick, pretend, serverNow, useSecond } from './time'

const noon = Date.parse('2026-11-25T04:00:00Z')
const about = (speed: number) => ({ name: 'zhian', version: 'x', demo: true, speed, zone: 'Asia/Shanghai' })

describe("the server's clock", () => {
  afterEach(() => { vi.useRealTimers() })

  it('goes on at the pace of the city', () => {
    vi.useFakeTimers()
    pretend(about(60), noon)
    vi.advanceTimersByTime(1000)
    expect(serverNow() - noon).toBeCloseTo(60_000, -2)
  })

  it('believes the quicker answer, and half of its way', () => {
    vi.useFakeTimers()
    pretend(about(1), noon)
    const t = performance.now()
    measure(noon + 3000, t, t + 4000, 1) // slow: says less than what is known
    expect(serverNow()).toBeCloseTo(noon, -2)
    vi.advanceTimersByTime(11 * 60_000)
    const late = performance.now()
    measure(noon, late - 100, late, 1) // what is known is old by now
    expect(serverNow()).toBeCloseTo(noon + 50, -1)
  })

  it('believes a slow answer that no slowness explains: the clock was set', () => {
    vi.useFakeTimers()
    pretend(about(1), noon)
    const t = performance.now()
    measure(noon, t, t + 10, 1)
    measure(noon + 500_000, t, t + 400, 1)
    expect(serverNow() - noon).toBeGreaterThan(499_000)
  })

  it('ticks for all who look, and stops when nobody does', () => {
    vi.useFakeTimers()
    pretend(about(1), noon)
    const scope = effectScope()
    const second = scope.run(() => useSecond())!
    let ticks = 0
    const off = onTick(() => { ticks++ })
    vi.advanceTimersByTime(3100)
    expect(second.value).toBe(noon / 1000 + 3)
    expect(ticks).toBeGreaterThanOrEqual(3)
    off()
    scope.stop()
    const then = ticks
    vi.advanceTimersByTime(5000)
    expect(ticks).toBe(then)
    expect(vi.getTimerCount()).toBe(0)
  })
})
