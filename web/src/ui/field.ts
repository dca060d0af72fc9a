import { inject, provide, useId, type ComputedRef, type InjectionKey } from 'vue'

/** What a control learns of the field that it stands in. */
export interface FieldContext {
  id: string
  describedBy: ComputedRef<string | undefined>
  invalid: ComputedRef<boolean>
  required: ComputedRef<boolean>
}
const key: InjectionKey<FieldContext> = Symbol('field')

export const provideField = (c: FieldContext) => provide(key, c)

/** The attributes that bind a control to its label, its hint and its error. */
export function useField() {
  const c = inject(key, undefined)
  const own = useId()
  return {
    id: c?.id ?? own,
    attrs: () => ({ 'aria-describedby': c?.describedBy.value, 'aria-invalid': c?.invalid.value || undefined, 'aria-required': c?.required.value || undefined }),
    inside: !!c,
  }
}
