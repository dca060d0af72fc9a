import type { Column } from '@/ui/table'
import type { Formats } from '@/shell/format'
import type { View } from './filter'
import type { Event } from './prove'
import type { useWords } from './words'

type Text = (key: string) => string

/** What a view shows of its events: at the door the account that was typed and the way, elsewhere what was done to what, and why. */
export function columnsOf(view: View, t: Text, f: Formats, words: ReturnType<typeof useWords>): Column<Event>[] {
  const door = view === 'authentication' || view === 'login'
  const of = (key: string, width: string, text: (e: Event) => string): Column<Event> => ({ key, label: t('audit.column.' + key), width, text })
  return [
    of('at', '196px', (e) => f.full(e.at)),
    of('who', 'minmax(120px, 1fr)', (e) => e.name || e.login || e.account || ''),
    ...(door ? [of('account', 'minmax(100px, 1fr)', (e) => e.account || e.login || ''), of('method', '110px', (e) => (e.method ? words.method(e.method) : ''))] : []),
    of('action', 'minmax(140px, 1.4fr)', (e) => words.action(e.action)),
    of('object', 'minmax(120px, 1.6fr)', (e) => e.object),
    ...(door ? [] : [of('purpose', 'minmax(100px, 1.2fr)', (e) => e.purpose ?? '')]),
    of('result', 'minmax(90px, 150px)', (e) => words.result(e.result)),
    of('address', '120px', (e) => e.address),
    of('proof', '96px', () => ''),
  ]
}
