import type { Keys } from '@/shell/keys'
import type { MenuItem } from '@/ui/menu'
import type { Desk } from './desk'
import type { Verb } from './verbs'

/** Verbs as the lines of a menu; what ends an incident stands apart at the end. */
export function menuOf(list: readonly Verb[], desk: Pick<Desk, 'start'>, t: (key: string) => string, keys: Pick<Keys, 'capOf'>, dispatch?: () => void): MenuItem[] {
  const line = (v: Verb): MenuItem => ({ label: t('incident.verb.' + v.id), icon: v.icon, danger: v.danger, keys: keys.capOf('console.' + v.id), run: () => (v.id === 'dispatch' && dispatch ? dispatch() : desk.start(v.id)) })
  const usual = list.filter((v) => !v.danger).map(line)
  const last = list.filter((v) => v.danger).map(line)
  return last.length && usual.length ? [...usual, { kind: 'line' }, ...last] : [...usual, ...last]
}
