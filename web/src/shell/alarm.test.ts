import { describe, expect, it } from 'vitest'
import { makeAlarms, repeatAfter } from './alarm'
import type { Priority } from './sound'

function room() {
  const played: Priority[] = []
  let now = 1_000_000
  const alarms = makeAlarms({ play: (p) => (played.push(p), true) }, () => now)
  return { alarms, played, later: (ms: number) => { now += ms } }
}

describe('alarms', () => {
  it('sound once for each, the most urgent first in the list', () => {
    const { alarms, played } = room()
    alarms.raise({ id: 'a', priority: 2, key: 'x' })
    alarms.raise({ id: 'a', priority: 2, key: 'x' })
    alarms.raise({ id: 'b', priority: 1, key: 'y' })
    expect(played).toEqual([2, 1])
    expect(alarms.open.value.map((a) => a.id)).toEqual(['b', 'a'])
    alarms.raise({ id: 'a', priority: 1, key: 'x' }) // it has become worse
    expect(played).toEqual([2, 1, 1])
  })

  it('repeat the first priority until somebody acknowledges; acknowledged is not settled', () => {
    const { alarms, played, later } = room()
    alarms.raise({ id: 'a', priority: 1, key: 'x' })
    alarms.raise({ id: 'b', priority: 2, key: 'y' })
    later(repeatAfter - 1)
    alarms.remind()
    expect(played).toEqual([1, 2])
    later(1)
    alarms.remind()
    expect(played).toEqual([1, 2, 1])
    alarms.acknowledge('a')
    later(2 * repeatAfter)
    alarms.remind()
    expect(played).toEqual([1, 2, 1])
    expect(alarms.open.value.map((a) => a.id)).toEqual(['b'])
    expect(alarms.all.value.length).toBe(2)
    alarms.settle('a')
    expect(alarms.all.value.length).toBe(1)
  })

  it('let the least rest in a flood, and never the first', () => {
    const { alarms, played } = room()
    for (let n = 0; n < 11; n++) alarms.raise({ id: 'f' + n, priority: 2, key: 'x' })
    expect(alarms.flood.value).toBe(true)
    const before = played.length
    alarms.raise({ id: 'low', priority: 3, key: 'x' })
    expect(played.length).toBe(before)
    alarms.raise({ id: 'high', priority: 1, key: 'x' })
    expect(played.length).toBe(before + 1)
  })
})
