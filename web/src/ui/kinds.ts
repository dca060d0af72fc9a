/** What a colour says. Each is always a shape and a word too: colour is never alone. */
export type Tone = 'red' | 'yellow' | 'green' | 'grey' | 'info'

/** A choice of a list. */
export interface Choice<V extends string | number = string> {
  value: V
  label: string
  hint?: string
  disabled?: boolean
}

/** A node of a tree of choices. */
export interface Branch {
  value: string
  label: string
  hint?: string
  children?: Branch[]
}
