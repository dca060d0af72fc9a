import { MapPin, MonitorUp, Plus, Truck } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useActions, useKeys, type Action } from '@/shell/keys'
import { useSession } from '@/shell/session'
import { fitting, useCommands, type Command } from '@/ui/commands'
import type { BoardRow } from './board'
import { numbered, type Desk } from './desk'
import { findIncidents } from './find'
import { openMapWindow } from './seat'
import { verbOf, verbs, type VerbId } from './verbs'

export interface Hands {
  desk: Desk
  by: (n: number) => void
  open: () => void
  filter: () => void
  ended: () => void
  candidates: () => void
  plot: () => void
  unit: (id: string) => void
}

/** Everything that the console does, by key and by name. */
export function useConsoleKeys(h: Hands) {
  const { desk } = h
  const { t } = useI18n()
  const router = useRouter()
  const session = useSession()
  const scope = 'console'
  const offered = (id: string) => desk.offers.value.some((v) => v.id === id)
  const mayOf = (id: VerbId) => () => session.can(verbOf(id).permission)
  const keys = useKeys()
  const take = () => void router.push('/c/intake')
  const mayTake = () => session.can('incident.receive')

  const actions: Action[] = [
    { id: 'console.next', keys: 'j / arrowdown', text: 'incident.do.next', scope, run: () => h.by(1) },
    { id: 'console.previous', keys: 'k / arrowup', text: 'incident.do.previous', scope, run: () => h.by(-1) },
    { id: 'console.take', keys: 'n', text: 'incident.verb.take', scope, may: mayTake, run: take },
    ...Array.from({ length: numbered }, (_, i): Action => ({ id: `console.send${i + 1}`, keys: `d ${i + 1}`, text: i ? 'incident.do.send_nth' : 'incident.do.send1', params: { n: i + 1 }, scope, may: mayOf('dispatch'), when: () => offered('dispatch'), minor: i > 0, run: () => desk.sendNth(i + 1) })),
    { id: 'console.dispatch', keys: 'd d', text: 'incident.do.candidates', scope, may: mayOf('dispatch'), when: () => offered('dispatch'), run: h.candidates },
    ...verbs.filter((v) => v.keys && v.id !== 'dispatch').map((v): Action => ({ id: `console.${v.id}`, keys: v.keys!, text: `incident.verb.${v.id}`, scope, may: mayOf(v.id), when: () => offered(v.id), run: () => desk.start(v.id) })),
    { id: 'console.open', keys: 'enter', text: 'incident.do.open', scope, when: () => !!desk.chosen.value && atRest(), run: h.open },
    { id: 'console.plot', keys: 'm', text: 'incident.do.plot', scope, when: () => !!desk.chosen.value, run: h.plot },
    { id: 'console.filter', keys: '.', text: 'incident.do.filter', scope, run: h.filter },
    { id: 'console.ended', keys: ',', text: 'incident.do.ended', scope, run: h.ended },
    { id: 'console.window', keys: 'shift+m', text: 'incident.map_window', scope, run: openMapWindow },
    { id: 'console.back', keys: 'escape', text: 'incident.do.back', scope, when: () => !!desk.chosen.value, run: () => (desk.correcting.value ? (desk.correcting.value = false) : desk.choose(undefined)) },
  ]
  useActions(actions, scope)

  useCommands((): Command[] => [
    ...desk.offers.value.map((v) => ({ id: `console.${v.id}`, label: t('incident.verb.' + v.id), group: t('incident.detail'), icon: v.icon, keys: keys.capOf('console.' + v.id), hint: desk.one.now.value?.number, run: () => (v.id === 'dispatch' ? h.candidates() : desk.start(v.id)) })),
    ...(mayTake() ? [{ id: 'console.take', label: t('incident.verb.take'), group: t('incident.page.console'), icon: Plus, keys: keys.capOf('console.take'), run: take }] : []),
    { id: 'console.window', label: t('incident.map_window'), group: t('incident.page.console'), icon: MonitorUp, keys: keys.capOf('console.window'), run: openMapWindow },
    { id: 'console.ended', label: t('incident.do.ended'), group: t('incident.page.console'), keys: keys.capOf('console.ended'), run: h.ended },
    { id: 'console.filter', label: t('incident.do.filter'), group: t('incident.page.console'), keys: keys.capOf('console.filter'), run: h.filter },
  ])
  const textOfRow = ({ row }: BoardRow) => ({ label: row.address || t('incident.no_address'), hint: `${row.number} · ${desk.kinds.nameOf(row.kind_code)}` })
  useCommands((typed): Command[] => (typed.trim().length < 1 ? [] : fitting(desk.board.list.value, typed, textOfRow).map((b) => ({
    ...textOfRow(b), id: `incident ${b.row.id}`, group: t('incident.queue'), icon: MapPin, run: () => desk.choose(b.row.id),
  }))))
  useCommands((typed): Command[] => (typed.trim().length < 1 ? [] : desk.fleet.list.value.map((u) => ({
    id: `unit ${u.id}`, label: u.call_sign, hint: t(u.crew.length ? 'unit.state.' + u.state : 'unit.off_duty'), group: t('incident.units'), icon: Truck, run: () => h.unit(u.id),
  }))))
  // What is over is found by the server.
  useCommands(async (typed): Promise<Command[]> => (typed.trim().length < 4 ? [] : (await findIncidents(typed.trim())).slice(0, 10).map((r) => ({
    id: `incident ${r.id}`, label: r.address || t('incident.no_address'), hint: `${r.number} · ${t('incident.status.' + r.status)}`, group: t('incident.tab.ended'), icon: MapPin, run: () => desk.choose(r.id),
  }))))
}

/** Enter opens the incident unless something has the focus that Enter presses. */
function atRest(): boolean {
  const el = document.activeElement
  return !el || el === document.body || el.id === 'main'
}
