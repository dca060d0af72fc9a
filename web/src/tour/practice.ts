import { api, fresh, got, type Schemas } from '@/shell/client'
import { shifted } from '@/map/pin'

/** Metres from a free unit at which the practice call is: near enough to see somebody arrive. */
const besideM = 350

/** Takes a made-up call down near a free unit, so that there is a case that nobody else takes. */
export async function practiceCall(narrative: string): Promise<{ id: string }> {
  const list = (await got(api.GET('/v1/units', { params: { query: { limit: 500 } } as never }))) as unknown as { items: Schemas['unit.Unit'][] }
  const free = list.items.filter((u) => u.state === 'available' && u.crew.length && u.last_fix)
  const unit = free[Math.floor(Math.random() * free.length)]
  if (!unit) throw new Error('no unit is free')
  const point = shifted({ lon: unit.last_fix!.lon, lat: unit.last_fix!.lat }, besideM, 0)
  const near = await got(api.POST('/v1/places/locate', { body: { point, datum: 'wgs84' } as never }))
  const body = { kind_code: '4', priority: 3, narrative, address: near.nearest?.name ?? '', position: { ...point, datum: 'wgs84', uncertainty_m: 20 } }
  const one = await got(api.POST('/v1/incidents', { body: body as never, headers: { 'Idempotency-Key': fresh() } }))
  return one
}
