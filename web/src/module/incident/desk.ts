import { computed, inject, onBeforeUnmount, provide, ref, watch, type InjectionKey, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { Problem } from '@/shell/problem'
import { useSession } from '@/shell/session'
import { toast } from '@/ui/toasts'
import { makeFleet, type Fleet } from '../unit/fleet'
import { makeActs, type Acts, type Answers } from './acts'
import { makeBoard, type Board } from './board'
import { isOpen, useCase, type Candidate, type Case } from './case'
import { useKinds } from './kinds'
import { offered, unitsFor, verbOf, type Known, type Verb, type VerbId } from './verbs'

/** A form that is open: of a verb, with what is known of its answers already. */
export interface Asked {
  verb: Exclude<VerbId, 'correct'>
  answers: Answers
  passed?: PassedOver // the server wants to know why a nearer unit is passed over
}

/** What the server tells of a nearer unit (incident.nearer_unit_passed_over). */
export interface PassedOver {
  unit_id: string
  call_sign: string
  distance_m: number
  eta_s: number
  instead: string
  instead_distance_m?: number
  instead_eta_s?: number
}

/** What the parts of the console share: the desk of one dispatcher. */
export interface Desk {
  board: Board
  fleet: Fleet
  kinds: ReturnType<typeof useKinds>
  chosen: Ref<string | undefined>
  choose: (id: string | undefined) => void
  one: Case // the chosen incident
  acts: Acts
  asked: Ref<Asked | undefined>
  correcting: Ref<boolean>
  offers: Ref<Verb[]> // what may be done with it now
  start: (verb: VerbId, answers?: Answers) => void // opens the form of a verb, or does it at once
  send: (units: string[], reserve?: boolean) => Promise<void> // dispatches
  sendNth: (n: number) => void
  sending: Ref<boolean>
  proposed: Ref<Candidate[]> // as the numbers 1…5 stand before them
  callSign: (unit: string) => string
}

const key: InjectionKey<Desk> = Symbol('desk')
export const provideDesk = (d: Desk) => provide(key, d)
export const useDesk = () => inject(key)!

/** How many proposed units have a number. */
export const numbered = 5

/** The desk of this page; chosen is where it stands in the address. */
export function makeDesk(chosen: Ref<string | undefined>, choose: (id: string | undefined) => void): Desk {
  const { t } = useI18n()
  const session = useSession()
  const board = makeBoard()
  const fleet = makeFleet()
  const one = useCase(chosen)
  const callSign = (unit: string) => fleet.get(unit)?.call_sign ?? one.ranking.data.value?.items.find((c) => c.unit_id === unit)?.call_sign ?? unit.slice(0, 8)
  const acts = makeActs(one.took, callSign)
  const asked = ref<Asked>()
  const correcting = ref(false)
  const sending = ref(false)
  board.start()
  fleet.start()
  onBeforeUnmount(() => {
    board.stop()
    fleet.stop()
  })
  watch(chosen, (id) => {
    asked.value = undefined
    correcting.value = false
    if (id) board.seen(id)
  }, { immediate: true })

  const known = computed((): Known | undefined => one.now.value ?? (chosen.value ? board.get(chosen.value)?.row : undefined))
  const offers = computed(() => (void board.list.value, offered(known.value, session.can)))

  function start(verb: VerbId, answers: Answers = {}) {
    const i = one.now.value
    if (!i || !offers.value.some((v) => v.id === verb)) return
    if (verb === 'correct') return void (correcting.value = true)
    const fields = verbOf(verb).fields
    const units = fields.includes('unit') && !answers.unit ? unitsFor(verb, i.assignments) : []
    const a: Answers = units.length === 1 ? { ...answers, unit: units[0]!.unit_id } : answers
    // A step of the only unit that it can be of needs no question.
    if (fields.length === 1 && fields[0] === 'unit' && a.unit) return void acts.perform(verb, i, a).catch(acts.refused)
    asked.value = { verb, answers: a }
  }

  async function send(units: string[], reserve = false) {
    const i = one.now.value
    if (!i || !units.length || sending.value || !isOpen(i.status) || !session.can('incident.dispatch')) return
    sending.value = true
    try {
      await acts.perform('dispatch', i, { units, reserve })
    } catch (e) {
      if (e instanceof Problem && e.key === 'incident.nearer_unit_passed_over') asked.value = { verb: 'dispatch', answers: { units }, passed: e.params as unknown as PassedOver }
      else acts.refused(e)
    } finally {
      sending.value = false
    }
  }

  /** Without a point nothing can be ranked: then they stand as the fleet has them, free ones first. */
  const proposed = computed((): Candidate[] => {
    const i = one.now.value
    if (!i || i.position) return one.candidates.value
    const on = new Set(one.units.value.map((a) => a.unit_id))
    return fleet.list.value.filter((u) => u.crew.length && u.state !== 'out_of_service' && !on.has(u.id))
      .map((u) => ({ unit_id: u.id, call_sign: u.call_sign, kind: u.kind, crew: u.crew.length, state: u.state, shortfalls: u.state === 'available' ? [] : ['engaged'] }))
      .sort((a, b) => a.shortfalls.length - b.shortfalls.length || (a.call_sign < b.call_sign ? -1 : 1))
  })
  function sendNth(n: number) {
    const c = proposed.value[n - 1]
    if (c) void send([c.unit_id])
    else toast({ tone: 'yellow', text: t(one.ranking.isLoading.value ? 'incident.ranking_loads' : 'incident.no_nth', { n }) })
  }
  return { board, fleet, kinds: useKinds(), chosen, choose, one, acts, asked, correcting, offers, start, send, sendNth, sending, proposed, callSign }
}
