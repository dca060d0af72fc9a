import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, got, type Schemas } from '@/shell/client'
import { lookAt, usePin } from '@/map/pin'
import { release, type Draft, type Spot } from './draft'
import type { Reading } from './read'

type Located = Schemas['place.Located']
export type Candidate = Schemas['place.Candidate']

/** Below this score a first candidate stands for nothing without a person (module/place). */
const settledScore = 0.6
const restMs = 160

/** The candidate that may stand for the address without being asked for: never one of several that fit as well. */
function standsFor(a: Located): Candidate | undefined {
  const [first] = a.candidates
  return first && !a.ambiguous && first.score >= settledScore && first.point ? first : undefined
}

export function spotOf(c: Candidate): Spot {
  const address = c.town && !c.name.includes(c.town) ? c.town + c.name : c.name
  return { address, ...(c.point && { lon: c.point.lon, lat: c.point.lat }), uncertaintyM: c.uncertainty_m, stationId: c.station_id, key: c.place_id ? `place/${c.place_id}` : undefined }
}

/** Settles where the call is: candidates of the address, the point on the map, or word that nobody knows. */
export function usePlace(draft: Draft, reading: () => Reading) {
  const answer = shallowRef<Located>()
  const busy = ref(false)
  const failed = ref(false)
  const pin = usePin()
  let running: AbortController | undefined
  let resting: ReturnType<typeof setTimeout> | undefined
  const byHand = () => draft.hand.includes('spot')

  async function locate(body: Schemas['place.Query'], then: (a: Located) => void) {
    running?.abort()
    running = new AbortController()
    const { signal } = running
    busy.value = true
    failed.value = false
    try {
      const a = await got(api.POST('/v1/places/locate', { body, signal }))
      if (!signal.aborted) then(a)
    } catch {
      failed.value = !signal.aborted
    } finally {
      if (!signal.aborted) busy.value = false
    }
  }
  function ask() {
    const text = draft.address.trim().slice(0, 200)
    if (!text && typed.value && draft.datum) return // the point is being settled
    if (!text) {
      running?.abort()
      answer.value = undefined
      busy.value = false
      if (!byHand()) draft.spot = undefined
      return
    }
    void locate({ text, limit: 8 } as Schemas['place.Query'], (a) => {
      answer.value = a
      if (byHand()) return
      const c = standsFor(a)
      draft.spot = c && { ...spotOf(c), key: a.key || spotOf(c).key }
      if (draft.spot) draft.unknown = false
    })
  }
  watch(() => draft.address, (text, was) => {
    clearTimeout(resting)
    if (text !== was && !byHand()) draft.spot = undefined
    if (text.trim()) busy.value = true
    resting = setTimeout(ask, restMs)
  }, { immediate: true })

  /** A point that was typed says nothing without its datum. */
  const typed = computed(() => (byHand() ? undefined : reading().point))
  watch([typed, () => draft.datum], ([p, datum]) => {
    if (!p || !datum) return
    void locate({ point: p, datum } as Schemas['place.Query'], (a) => {
      draft.spot = { ...at(a, a.point ?? p), uncertaintyM: 30 }
      draft.unknown = false
      if (a.point) lookAt(a.point)
    })
  })
  const at = (a: Located, p: { lon: number; lat: number }): Spot => ({
    address: draft.address || (a.nearest && a.nearest.meters <= 50 ? a.nearest.name : ''), lon: p.lon, lat: p.lat, stationId: a.area?.station_id, key: a.key,
  })

  function choose(c: Candidate) {
    draft.spot = spotOf(c)
    hold()
    if (c.point) lookAt(c.point)
  }
  function hold() {
    draft.unknown = false
    if (!byHand()) draft.hand = [...draft.hand, 'spot']
  }
  /** The pin was put or moved: the point is a person's word, its station is the area's. */
  function move(p: { lon: number; lat: number }) {
    draft.spot = { ...draft.spot, address: draft.spot?.address ?? draft.address, lon: p.lon, lat: p.lat, uncertaintyM: 20, moved: true, key: undefined }
    hold()
    void locate({ point: p, datum: 'wgs84' } as Schemas['place.Query'], (a) => {
      draft.spot = { ...at(a, p), address: draft.spot?.address || at(a, p).address, uncertaintyM: 20, moved: true }
    })
  }
  function again() {
    release(draft, 'spot')
    draft.spot = undefined
    draft.datum = undefined
    ask()
  }
  watch(() => draft.spot, (s, was) => {
    pin.value = { ...(s?.lon !== undefined && { lon: s.lon, lat: s.lat }), movable: true, onMove: move }
    if (s?.lon !== undefined && s.lat !== undefined && s.lon !== was?.lon && !s.moved) lookAt({ lon: s.lon, lat: s.lat })
  }, { immediate: true })
  onScopeDispose(() => {
    clearTimeout(resting)
    running?.abort()
    pin.value = undefined
  })

  const state = computed((): 'empty' | 'busy' | 'failed' | 'settled' | 'unknown' | 'datum' | 'ambiguous' | 'none' => {
    if (draft.spot) return 'settled'
    if (draft.unknown) return 'unknown'
    if (typed.value && !draft.datum) return 'datum'
    if (failed.value) return 'failed'
    if (busy.value) return 'busy'
    if (!draft.address.trim() || !answer.value) return 'empty'
    return answer.value.candidates.length ? 'ambiguous' : 'none'
  })
  return { answer, state, busy, choose, again, ask, move, candidates: computed(() => answer.value?.candidates ?? []) }
}
