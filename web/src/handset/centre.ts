import { ref, shallowRef } from 'vue'
import { api, got } from '@/shell/client'
import { centreAt, type Base } from './clock'
import { db } from './db'

/** The centre as the device knows it: what its clock says, and whether it answers. */
export const base = shallowRef<Base>()
export const about = shallowRef<{ demo: boolean; speed: number; zone: string }>()
export const online = ref(navigator.onLine)
export const reached = ref(true) // the server answered last time
export const second = ref(0)

export const centreNow = () => (base.value ? centreAt(base.value, Date.now()) : Date.now())

/** Measures the centre's clock; half of the way there and back is taken off. */
export async function measure(): Promise<Base> {
  const sent = Date.now()
  const began = performance.now()
  const a = await got(api.GET('/v1/about')).catch((e: unknown) => {
    reached.value = false
    throw e
  })
  const way = (performance.now() - began) / 2
  about.value = { demo: a.demo, speed: a.speed, zone: a.zone }
  base.value = { server: Date.parse(a.now), local: sent + way, speed: a.speed }
  reached.value = true
  await db.put('kept', 'base', base.value).catch(() => undefined)
  await db.put('kept', 'about', about.value).catch(() => undefined)
  return base.value
}

/** What was measured before the page was closed. */
export async function rememberCentre() {
  const [b, a] = await Promise.all([db.get<Base>('kept', 'base'), db.get<typeof about.value>('kept', 'about')])
  base.value = b
  about.value = a
}
