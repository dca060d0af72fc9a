import { reactive, watch } from 'vue'

/** What the map shows. */
export const layerNames = ['incidents', 'units', 'call_signs', 'areas', 'area_names'] as const
export type LayerName = (typeof layerNames)[number]
export type Layers = Record<LayerName, boolean>

const where = 'zhian.layers'
const usual: Layers = { incidents: true, units: true, call_signs: true, areas: true, area_names: true }

function read(): Layers {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(where) ?? '{}') as Partial<Layers>) }
  } catch {
    return { ...usual }
  }
}
let layers: Layers | undefined

/** The layers of this browser; what is switched stays so. */
export function useLayers(): Layers {
  if (layers) return layers
  layers = reactive(read())
  watch(layers, (now) => {
    try {
      localStorage.setItem(where, JSON.stringify(now))
    } catch { /* storage is full or forbidden: it holds until the page is closed */ }
  })
  return layers
}
