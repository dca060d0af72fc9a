import { inject, provide, reactive, ref, type InjectionKey, type Ref } from 'vue'
import { Problem } from '@/shell/problem'

/**
 * The state of a form: what is wrong with which field, and whether it is on its
 * way. A refusal that names a field (problem+json, path) stands at that field;
 * any other above the form.
 */
export interface FormState {
  errors: Record<string, Problem | undefined>
  general: Ref<Problem | undefined>
  busy: Ref<boolean>
  fields: Set<string>
  submit: () => Promise<boolean>
  clear: (field?: string) => void
}
const key: InjectionKey<FormState> = Symbol('form')

/** check says what is wrong before anything is sent: key of the fault by field. */
export function useForm(send: () => Promise<unknown>, check: () => Record<string, string | false | undefined> = () => ({})): FormState {
  const errors = reactive<Record<string, Problem | undefined>>({})
  const general = ref<Problem>()
  const busy = ref(false)
  const fields = new Set<string>()

  function clear(field?: string) {
    for (const f of field ? [field] : Object.keys(errors)) delete errors[f]
    general.value = undefined
  }

  async function submit(): Promise<boolean> {
    if (busy.value) return false
    clear()
    for (const [field, fault] of Object.entries(check())) if (fault) errors[field] = new Problem(400, fault, '/' + field)
    if (Object.keys(errors).length) return false
    busy.value = true
    try {
      await send()
      return true
    } catch (e) {
      refuse(e)
      return false
    } finally {
      busy.value = false
    }
  }

  function refuse(e: unknown) {
    if (!(e instanceof Problem)) throw e
    const field = [...fields].filter((f) => e.field === f || e.field.startsWith(f + '.')).sort((a, b) => b.length - a.length)[0]
    if (field) errors[field] = e
    else general.value = e
  }

  const state = { errors, general, busy, fields, submit, clear }
  return state
}

export const provideForm = (s: FormState) => provide(key, s)
export const injectForm = () => inject(key, undefined)
