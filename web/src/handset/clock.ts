/**
 * The centre's time on a device whose own clock may be wrong, and that may be
 * without network for days. A measurement says what the centre's clock showed when
 * the device's showed something; it is kept on the device.
 */
export interface Base { server: number; local: number; speed: number }

/** What the centre's clock shows when the device's shows local. */
export const centreAt = (base: Base, local: number) => base.server + (local - base.local) * base.speed

const slack = 110_000 // ms; the centre believes two minutes of the future

/**
 * When something that was pressed happened, by the centre's clock, as told now.
 * Base is the measurement at the press (none: it could not be made), now the newest.
 * Where the two disagree the device's clock was changed in between: what the first
 * one says is taken if it can be, otherwise how long ago it was.
 */
export function happened(pressed: number, then: Base | undefined, now: Base, local: number): number {
  const present = centreAt(now, local)
  if (then) {
    const at = centreAt(then, pressed)
    if (at <= present + slack) return Math.min(at, present)
  }
  return present - Math.max(0, local - pressed) * now.speed
}

/** How far the device's clock is from the centre's, in seconds; a clock in a demonstration that runs fast has no such figure. */
export function wrongBy(base: Base): number {
  return base.speed === 1 ? Math.round((base.local - base.server) / 1000) : 0
}
