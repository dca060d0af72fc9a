// A map of ?n= points, moved by window.pan: what the figure of the main thread is taken from.
import '@/ui/tokens.css'
import '@/ui/base.css'
import './points.css'
import { makeEngine } from '@/map/engine'
import type { MapPoint } from '@/map/points'

declare global {
  interface Window { ready?: boolean; renderer?: string; pan: (ms: number) => Promise<number> }
}

const n = Number(new URLSearchParams(location.search).get('n') ?? 100_000)
const engine = await makeEngine(document.getElementById('map')!, () => undefined, {})
const spread = (k: number) => ((k * 0.618_034) % 1) - 0.5
const icons = ['green', 'green', 'green', 'yellow', 'unit-free']
engine.points(Array.from({ length: n }, (_, i): MapPoint => {
  const icon = icons[i % icons.length]!
  return { id: String(i), kind: icon.startsWith('unit') ? 'unit' : 'incident', lon: 120 + spread(i) * 1.2, lat: 29 + spread(i * 7 + 3) * 0.8, icon, label: '' }
}))
const { map } = engine
window.renderer = (() => {
  const gl = map.getCanvas().getContext('webgl2')
  return String(gl?.getParameter(gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER))
})()
setTimeout(() => map.once('idle', () => { window.ready = true }), 500)

/** Moves the map for so long, every frame a step; resolves to the number of frames drawn. */
window.pan = (ms) => new Promise((done) => {
  let frames = 0
  const count = () => { frames++ }
  map.on('render', count)
  const end = performance.now() + ms
  const step = (now: number) => {
    if (now < end) {
      map.jumpTo({ center: [120 + Math.sin(now / 900) * 0.2, 29 + Math.cos(now / 700) * 0.1], zoom: 9.5 })
      requestAnimationFrame(step)
    } else {
      map.off('render', count)
      done(frames)
    }
  }
  requestAnimationFrame(step)
})
