import { computed, inject, onScopeDispose, provide, reactive, ref, shallowRef, watch, type InjectionKey } from 'vue'
import { useI18n } from 'vue-i18n'
import { useQuery } from '@tanstack/vue-query'
import { api, fresh, got } from '@/shell/client'
import { Problem } from '@/shell/problem'
import { useSession } from '@/shell/session'
import { serverNow } from '@/shell/time'
import { toast } from '@/ui/toasts'
import { useProblemText } from '@/ui/problems'
import { begun, bodyOf, emptyDraft, follow, lacks, narrativeOf, release, settled, type Draft, type Field, type Joins } from './draft'
import { useDuplicates } from './duplicates'
import { makeKeep, sweep, type Kept } from './keep'
import type { Job, Sent } from './outbox'
import { usePlace } from './place'
import { readLine, type Reading, type Tables } from './read'
import { mergeInto, sendNearest, useOutbox } from './send'

const keepEvery = 2000

/** A call that is being taken: what is written, what was understood of it, and how it is saved. */
export function makeIntake(done: (id?: string) => void) {
  const { t } = useI18n()
  const text = useProblemText()
  const session = useSession()
  const account = session.account!.id
  const draft = reactive<Draft>(emptyDraft(fresh(), serverNow()))
  const table = useQuery({ queryKey: ['incident-kind-table'], staleTime: Infinity, queryFn: () => got(api.GET('/v1/incident-kinds')) })
  const tables = computed((): Tables => ({ kinds: table.data.value?.items ?? [], risks: table.data.value?.risk_words ?? {} }))
  const reading = computed((): Reading => readLine(draft.line, tables.value))
  watch(reading, (r) => follow(draft, r))
  const kind = computed(() => table.data.value?.items.find((k) => k.code === draft.kind))
  const place = usePlace(draft, () => reading.value)
  const duplicates = useDuplicates(draft)

  // Kept on this machine.
  const keep = makeKeep(localStorage, account, Date.now)
  sweep(localStorage, Date.now())
  const found = shallowRef<Kept[]>(keep.read())
  const keptAt = ref(0)
  const keeps = ref(true)
  let dirty = false
  watch(draft, () => { dirty = true }, { deep: true })
  function write() {
    if (!dirty) return
    dirty = false
    keeps.value = keep.write(draft)
    if (begun(draft)) keptAt.value = serverNow()
  }
  const timer = setInterval(write, keepEvery)
  addEventListener('pagehide', write)
  onScopeDispose(() => {
    clearInterval(timer)
    removeEventListener('pagehide', write)
    write()
  })
  /** Goes on with a draft that was left; what is being written stays as one. */
  function restore(k: Kept) {
    dirty = true
    write()
    const left = begun(draft) ? [{ draft: JSON.parse(JSON.stringify(draft)) as Draft, at: Date.now() }] : []
    become(k.draft)
    found.value = [...left, ...found.value.filter((o) => o !== k)]
  }
  function discard(k: Kept) {
    keep.drop(k.draft.key)
    found.value = found.value.filter((o) => o !== k)
  }
  function become(d: Draft) {
    for (const k of Object.keys(draft) as (keyof Draft)[]) delete (draft as Partial<Draft>)[k]
    Object.assign(draft, d)
  }

  function clear() {
    keep.drop(draft.key)
    become(emptyDraft(fresh(), serverNow()))
    errors.value = {}
    keptAt.value = 0
  }

  // Saved.
  const outbox = useOutbox(account)
  const errors = ref<Record<string, Problem | undefined>>({})
  const busy = ref<'save' | 'send'>()
  const held = ref<string>()
  const may = { send: session.can('incident.dispatch'), note: session.can('incident.note') }

  function check(): boolean {
    const missing = lacks(draft)
    errors.value = Object.fromEntries(Object.entries(missing).map(([field, key]) => [field, new Problem(400, key!, '/' + field)]))
    return Object.keys(missing).length === 0
  }
  const jobOf = (next: Job['next']): Job => {
    const j = draft.joins
    const record = narrativeOf(draft, reading.value, kind.value)
    const copy = JSON.parse(JSON.stringify(draft)) as Draft
    return {
      key: draft.key, account, at: Date.now(), draft: copy, next: j?.how === 'merge' ? { merge: j.id } : j ? undefined : next,
      send: j?.how === 'note' ? { kind: 'note', id: j.id, text: record.slice(0, 4000) || t('intake.fresh') } : { kind: 'incident', body: bodyOf(draft, reading.value, kind.value) },
    }
  }

  /** Saves, and sends the nearest unit if that is wanted. */
  async function save(next?: 'dispatch') {
    if (busy.value || !check()) return
    busy.value = next ? 'send' : 'save'
    held.value = undefined
    const job = jobOf(next)
    const way = outbox.add(job) // from here on the outbox keeps it, and not the draft too: nothing is offered that is on its way
    keep.drop(draft.key)
    dirty = false
    try {
      const sent = await way
      if (sent.state === 'refused') return refuse(sent.problem)
      clear()
      await settle(job, sent, false)
    } finally {
      busy.value = undefined
    }
  }
  function refuse(p: Problem) {
    const at = p.field.split('.')[0]
    const field = at === 'kind_code' ? 'kind' : at === 'contact' ? 'phone' : at === 'position' || at === 'address' ? 'address' : 'general'
    errors.value = { [field]: p }
    draft.key = fresh() // what is mended is another request
  }

  /** Tells what has become of a call. */
  async function settle(job: Job, sent: Sent, later: boolean) {
    switch (sent.state) {
      case 'kept': return
      case 'held':
        held.value = sent.id
        return
      case 'refused':
        if (later) found.value = [{ draft: { ...job.draft, key: fresh() }, at: Date.now() }, ...found.value]
        return void toast({ tone: 'red', text: text(sent.problem), stays: true })
    }
    if (job.send.kind === 'note') {
      toast({ tone: 'green', text: t('intake.noted', { number: sent.number || job.draft.joins?.number }) })
      return later ? undefined : done(job.send.id)
    }
    if (later && sent.late) return void toast({ tone: 'yellow', text: t('intake.saved_late', { number: sent.number }), detail: job.next === 'dispatch' ? t('intake.saved_late_send') : undefined, stays: true })
    const target = typeof job.next === 'object' ? await joined(sent.id, job) : sent.id
    if (job.next === 'dispatch') await dispatch(sent)
    else if (!job.next) toast({ tone: 'green', text: t('intake.saved', { number: sent.number }) })
    if (!later || !begun(draft)) done(target)
  }
  async function joined(id: string, job: Job): Promise<string> {
    const into = (job.next as { merge: string }).merge
    try {
      await mergeInto(id, into)
      toast({ tone: 'green', text: t('intake.merged', { number: job.draft.joins?.number }) })
      return into
    } catch (e) {
      toast({ tone: 'red', text: t('intake.merge_failed', { why: text(e) }), stays: true })
      return id
    }
  }
  async function dispatch(sent: { id: string; number: string }) {
    const d = await sendNearest(sent.id)
    if (d.state === 'sent') toast({ tone: 'green', text: t('intake.saved', { number: sent.number }), detail: t('intake.sent', { unit: d.unit }) })
    else toast({ tone: 'yellow', text: t(`intake.choose_unit.${d.why}`), detail: d.problem && d.why === 'refused' ? text(d.problem) : undefined })
  }
  outbox.onSettled((job, sent) => void settle(job, sent, true))
  void outbox.flush()

  function join(j: Joins | undefined) {
    draft.joins = j
    errors.value = {}
  }
  const asLine = (field: Field) => {
    release(draft, field)
    follow(draft, reading.value)
    if (field === 'address' || field === 'spot') place.again()
  }
  watch(() => [draft.kind, settled(draft)], () => { if (Object.keys(errors.value).length) check() })

  return { draft, reading, table, kind, place, duplicates, found, keptAt, keeps, restore, discard, clear, errors, busy, held, may, save, join, asLine, outbox, done }
}
export type IntakeDesk = ReturnType<typeof makeIntake>

const key: InjectionKey<IntakeDesk> = Symbol('intake')
export const provideIntake = (i: IntakeDesk) => provide(key, i)
export const useIntake = () => inject(key)!
