import { shallowReactive } from 'vue'
import type { Tone } from './kinds'

export interface Toast {
  id: number
  tone: Tone
  text: string
  detail?: string
  undo?: () => void // what takes it back; offered for five seconds
  stays?: boolean // until it is closed
}

export const toasts = shallowReactive<Toast[]>([])
let last = 0

/** Tells something that has happened, for a few seconds. Faults stay longer; what needs an answer is a dialog. */
export function toast(t: Omit<Toast, 'id'>): number {
  const id = ++last
  toasts.push({ ...t, id })
  if (toasts.length > 4) toasts.splice(0, toasts.length - 4)
  return id
}
export function closeToast(id: number) {
  const i = toasts.findIndex((t) => t.id === id)
  if (i >= 0) toasts.splice(i, 1)
}
export const shownFor = (t: Toast) => (t.stays ? 3_600_000 : t.undo ? 5000 : t.tone === 'red' ? 9000 : 4000)
