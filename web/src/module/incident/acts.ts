import { useI18n } from 'vue-i18n'
import { api, got } from '@/shell/client'
import { Problem, problemText } from '@/shell/problem'
import { toast } from '@/ui/toasts'
import { isLive, type Incident } from './case'
import type { VerbId } from './verbs'

/** What a form of a verb has asked for. */
export interface Answers {
  unit?: string
  units?: string[]
  reserve?: boolean
  answered?: boolean
  priority?: number
  disposition?: string
  target?: string
  to?: string
  text?: string
  seen?: number // the version that who writes has read
  reason?: string
}

/**
 * Sends what somebody decided and tells that it is done, with a way back where the
 * server has one. took hears the incident as the server answers it.
 */
export function makeActs(took: (i: Incident) => void, callSign: (unit: string) => string) {
  const { t, te } = useI18n()
  const on = (id: string) => ({ params: { path: { id } } })

  const senders: Record<Exclude<VerbId, 'correct'>, (id: string, a: Answers) => Promise<Incident>> = {
    dispatch: (id, a) => got(api.POST('/v1/incidents/{id}/dispatch', { ...on(id), body: { unit_ids: a.units!, reason: a.reason, reserve: a.reserve } })),
    contact: (id, a) => got(api.POST('/v1/incidents/{id}/contact', { ...on(id), body: { answered: a.answered } })),
    note: (id, a) => got(api.POST('/v1/incidents/{id}/notes', { ...on(id), body: { text: a.text! } })),
    feedback: (id, a) => got(api.POST('/v1/incidents/{id}/feedback', { ...on(id), body: { unit_id: a.unit, text: a.text!, seen: a.seen } })),
    close: (id, a) => got(api.POST('/v1/incidents/{id}/close', { ...on(id), body: { disposition: a.disposition! } })),
    reopen: (id, a) => got(api.POST('/v1/incidents/{id}/reopen', { ...on(id), body: { reason: a.reason! } })),
    priority: (id, a) => got(api.POST('/v1/incidents/{id}/priority', { ...on(id), body: { priority: a.priority!, reason: a.reason! } })),
    unassign: (id, a) => got(api.POST('/v1/incidents/{id}/unassign', { ...on(id), body: { unit_id: a.unit!, reason: a.reason! } })),
    hazards: (id, a) => got(api.POST('/v1/incidents/{id}/hazards-seen', { ...on(id), body: { unit_id: a.unit! } })),
    merge: (id, a) => got(api.POST('/v1/incidents/{id}/merge', { ...on(id), body: { into: a.target!, reason: a.reason } })),
    link: (id, a) => got(api.POST('/v1/incidents/{id}/link', { ...on(id), body: { other: a.target!, reason: a.reason! } })),
    unlink: (id, a) => got(api.POST('/v1/incidents/{id}/link', { ...on(id), body: { other: a.target!, reason: a.reason!, undo: true } })),
    transfer: (id, a) => got(api.POST('/v1/incidents/{id}/transfer', { ...on(id), body: { to: a.to!, reason: a.reason! } })),
    withdraw: (id, a) => got(api.POST('/v1/incidents/{id}/withdraw', { ...on(id), body: { reason: a.reason! } })),
    acknowledged: (id, a) => advance(id, a, 'acknowledged'),
    en_route: (id, a) => advance(id, a, 'en_route'),
    on_scene: (id, a) => advance(id, a, 'on_scene'),
    cleared: (id, a) => advance(id, a, 'cleared'),
  }
  const advance = (id: string, a: Answers, step: 'acknowledged' | 'en_route' | 'on_scene' | 'cleared') => got(api.POST('/v1/incidents/{id}/advance', { ...on(id), body: { unit_id: a.unit!, step } }))

  /** How something is taken back; undefined where it cannot be, or not wholly. */
  function wayBack(verb: VerbId, was: Incident, a: Answers): (() => Promise<Incident>) | undefined {
    const reason = t('incident.undo_reason')
    const idle = !was.assignments.some(isLive) // who was set free is not sent again by reopening
    switch (verb) {
      case 'dispatch': return async () => {
        let last = was
        for (const unit of a.units!) last = await senders.unassign(was.id, { unit, reason })
        return last
      }
      case 'priority': return () => senders.priority(was.id, { priority: was.priority, reason })
      case 'link': return () => senders.unlink(was.id, { target: a.target, reason })
      case 'unlink': return () => senders.link(was.id, { target: a.target, reason })
      case 'close': case 'withdraw': case 'transfer': return idle ? () => senders.reopen(was.id, { reason }) : undefined
    }
    return undefined
  }

  const said = (verb: VerbId, was: Incident, a: Answers) =>
    t(a.reserve ? 'incident.done.reserve' : `incident.done.${verb}`, { number: was.number, units: (a.units ?? (a.unit ? [a.unit] : [])).map(callSign).join(t('incident.and')), n: a.priority ?? '' })

  /** Does it; a refusal is thrown as a Problem, for the form to show. */
  async function perform(verb: Exclude<VerbId, 'correct'>, was: Incident, a: Answers): Promise<void> {
    const now = await senders[verb](was.id, a)
    took(now)
    const back = wayBack(verb, was, a)
    toast({ tone: 'green', text: said(verb, was, a), detail: was.address || undefined, undo: back && (() => void undo(back)) })
  }
  async function undo(back: () => Promise<Incident>) {
    try {
      took(await back())
      toast({ tone: 'info', text: t('incident.undone') })
    } catch (e) {
      refused(e)
    }
  }
  function refused(e: unknown) {
    toast({ tone: 'red', text: problemText(e, { t: t as never, te }), detail: e instanceof Problem && e.status >= 500 ? e.requestId : undefined })
  }
  return { perform, refused }
}
export type Acts = ReturnType<typeof makeActs>
