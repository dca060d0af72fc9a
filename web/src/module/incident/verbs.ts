import { ArrowUpDown, Check, FilePen, Forward, GitMerge, Link, LogOut, MapPin, MapPinCheck, MessageSquareText, Navigation, PhoneCall, RotateCcw, Send, ShieldAlert, Signature, Split, UserMinus, X } from '@lucide/vue'
import type { Component } from 'vue'
import { isLive, isOpen, type Assignment } from './case'

export type VerbId = 'dispatch' | 'contact' | 'note' | 'feedback' | 'close' | 'priority' | 'acknowledged' | 'en_route' | 'on_scene' | 'cleared' | 'hazards' | 'unassign' | 'correct' | 'merge' | 'link' | 'unlink' | 'transfer' | 'withdraw' | 'reopen'

/** What a form of a verb asks for. */
export type FieldName = 'unit' | 'answered' | 'priority' | 'disposition' | 'target' | 'to' | 'text' | 'reason'

/** What is known of an incident when a verb is offered: of a row of the queue, less. */
export interface Known {
  status: string
  outside?: boolean
  hazards?: readonly unknown[]
  assignments?: readonly Assignment[]
  linked?: readonly string[]
}

export interface Verb {
  id: VerbId
  keys?: string
  icon: Component
  permission: string
  fields: FieldName[] // none: it is done, or opened, at once
  optional?: FieldName[]
  danger?: boolean
  main?: boolean // a button of its own in the detail
  lawful: (i: Known) => boolean
}

const open = (i: Known) => isOpen(i.status)
const live = (i: Known) => i.assignments?.filter(isLive) ?? []
/** Whether a unit of it has been sent and has not come to a step yet. */
export function lacks(a: Assignment, step: VerbId): boolean {
  const order = ['reserved', 'dispatched', 'acknowledged', 'en_route', 'on_scene', 'cleared']
  return isLive(a) && a.state !== 'reserved' && order.indexOf(a.state) < order.indexOf(step)
}
const step = (id: VerbId, keys: string | undefined, icon: Component): Verb => ({ id, keys, icon, permission: 'incident.respond', fields: ['unit'], lawful: (i) => open(i) && live(i).some((a) => lacks(a, id)) })

/** Everything that the server lets one do with an incident, in the order of the menus. */
export const verbs: Verb[] = [
  { id: 'dispatch', keys: 'd', icon: Send, permission: 'incident.dispatch', fields: [], main: true, lawful: open },
  { id: 'contact', keys: 'c', icon: PhoneCall, permission: 'incident.respond', fields: ['answered'], main: true, lawful: open },
  { id: 'note', keys: 'b', icon: FilePen, permission: 'incident.note', fields: ['text'], main: true, lawful: () => true },
  { id: 'close', keys: 'x', icon: Check, permission: 'incident.respond', fields: ['disposition'], main: true, lawful: open },
  { id: 'reopen', keys: 'r', icon: RotateCcw, permission: 'incident.dispatch', fields: ['reason'], main: true, lawful: (i) => !open(i) && i.status !== 'merged' },
  step('acknowledged', 's', Signature),
  step('en_route', 'e', Navigation),
  step('on_scene', 'o', MapPinCheck),
  step('cleared', undefined, LogOut),
  { id: 'hazards', icon: ShieldAlert, permission: 'incident.respond', fields: ['unit'], lawful: (i) => !!i.hazards?.length && live(i).some((a) => !a.hazards_seen) },
  { id: 'feedback', keys: 'f', icon: MessageSquareText, permission: 'incident.respond', fields: ['unit', 'text'], lawful: (i) => !!i.assignments?.length },
  { id: 'priority', keys: 'u', icon: ArrowUpDown, permission: 'incident.dispatch', fields: ['priority', 'reason'], lawful: open },
  { id: 'correct', keys: 'z', icon: MapPin, permission: 'incident.correct', fields: [], lawful: () => true },
  { id: 'unassign', keys: 'q', icon: UserMinus, permission: 'incident.dispatch', fields: ['unit', 'reason'], lawful: (i) => open(i) && live(i).length > 0 },
  { id: 'merge', keys: 'h', icon: GitMerge, permission: 'incident.dispatch', fields: ['target', 'reason'], optional: ['reason'], lawful: (i) => open(i) && live(i).length === 0 },
  { id: 'link', keys: 'l', icon: Link, permission: 'incident.dispatch', fields: ['target', 'reason'], lawful: () => true },
  { id: 'unlink', icon: Split, permission: 'incident.dispatch', fields: ['target', 'reason'], lawful: (i) => !!i.linked?.length },
  { id: 'transfer', keys: 't', icon: Forward, permission: 'incident.dispatch', fields: ['to', 'reason'], lawful: (i) => open(i) && !!i.outside && live(i).length === 0 },
  { id: 'withdraw', keys: 'w', icon: X, permission: 'incident.respond', fields: ['reason'], danger: true, lawful: open },
]
export const verbOf = (id: VerbId) => verbs.find((v) => v.id === id)!

/** What somebody may do with an incident now. */
export function offered(i: Known | undefined, can: (permission: string) => boolean): Verb[] {
  return i ? verbs.filter((v) => can(v.permission) && v.lawful(i)) : []
}

/** The units that a verb can be about. */
export function unitsFor(id: VerbId, list: readonly Assignment[]): Assignment[] {
  const one = new Map(list.map((a) => [a.unit_id, a])) // a unit that was sent twice: its last part
  const all = [...one.values()]
  switch (id) {
    case 'acknowledged': case 'en_route': case 'on_scene': case 'cleared': return all.filter((a) => lacks(a, id))
    case 'unassign': return all.filter(isLive)
    case 'hazards': return all.filter((a) => isLive(a) && !a.hazards_seen)
  }
  return all
}
