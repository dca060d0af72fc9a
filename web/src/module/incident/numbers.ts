import { useRows } from './byId'

/** The number of another incident that a timeline names by its id; empty until it has come, or for who may not read it. */
export function useNumbers() {
  const rowOf = useRows()
  return (id: string): string => rowOf(id)?.number ?? ''
}
