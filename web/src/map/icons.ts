/** The shapes of the map, drawn once for each theme: the same as on every list. */
export type IconName = 'red' | 'yellow' | 'green' | 'grey' | 'unit-free' | 'unit-busy' | 'unit-off'
export const iconNames: IconName[] = ['red', 'yellow', 'green', 'grey', 'unit-free', 'unit-busy', 'unit-off']

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

type Draw = (c: CanvasRenderingContext2D) => void
const polygon = (...points: [number, number][]): Draw => (c) => {
  c.beginPath()
  points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)))
  c.closePath()
}
/** A square with round corners; canvas roundRect is younger than our oldest browser. */
const square = (r: number, corner: number): Draw => (c) => {
  c.beginPath()
  c.moveTo(-r + corner, -r)
  for (const [x, y, x2, y2] of [[r, -r, r, r], [r, r, -r, r], [-r, r, -r, -r], [-r, -r, r, -r]] as const) c.arcTo(x, y, x2, y2, corner)
  c.closePath()
}
const disc = (r: number): Draw => (c) => {
  c.beginPath()
  c.arc(0, 0, r, 0, 2 * Math.PI)
}

const shapes: Record<IconName, { draw: Draw; fill: string; ring: string; width: number; bang?: boolean }> = {
  red: { draw: polygon([0, -19], [20, 15], [-20, 15]), fill: '--red-fill', ring: '--map-bg', width: 4, bang: true },
  yellow: { draw: polygon([0, -18], [18, 0], [0, 18], [-18, 0]), fill: '--yellow-fill', ring: '--map-bg', width: 4 },
  green: { draw: disc(14), fill: '--green-fill', ring: '--map-bg', width: 4 },
  grey: { draw: disc(11), fill: '--text3', ring: '--map-bg', width: 4 },
  'unit-free': { draw: square(12, 6), fill: '--primary', ring: '--map-bg', width: 4 },
  'unit-busy': { draw: square(12, 6), fill: '--text3', ring: '--map-bg', width: 4 },
  'unit-off': { draw: square(10, 5), fill: '--map-land', ring: '--text3', width: 3 },
}

/** One icon of 24 × 24 pixels, so many times as fine as at a ratio of 2. */
export function iconImage(name: IconName, fine = 1): ImageData {
  const size = 48 * fine
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const c = canvas.getContext('2d')!
  const s = shapes[name]
  c.scale(fine, fine)
  c.translate(24, 24)
  s.draw(c)
  c.lineJoin = 'round'
  c.lineWidth = s.width * 2
  c.strokeStyle = token(s.ring)
  c.stroke()
  c.fillStyle = token(s.fill)
  c.fill()
  if (name === 'yellow') {
    c.lineWidth = 1.5
    c.strokeStyle = token('--yellow-edge')
    c.stroke()
  }
  if (s.bang) {
    c.fillStyle = token('--on-fill')
    c.fillRect(-2, -7, 4, 12)
    c.fillRect(-2, 8, 4, 4)
  }
  return c.getImageData(0, 0, size, size)
}
