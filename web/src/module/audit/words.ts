import { useI18n } from 'vue-i18n'
import { problemText, Problem } from '@/shell/problem'
import { useFormats } from '@/shell/useFormats'
import { actionKey } from './filter'

/** Words for what events hold as keys. What has none is shown as it is. */
export function useWords() {
  const { t, te } = useI18n()
  const f = useFormats()
  const or = (key: string, text: string) => (te(key) ? t(key) : text)
  return {
    action: (a: string) => or('audit.action.' + actionKey(a), a),
    method: (m: string) => or('audit.method.' + m, m),
    result: (r: string) => (r === 'ok' ? t('audit.result.ok') : problemText(new Problem(r.endsWith('forbidden') ? 403 : 400, r), { t: t as never, te: (k) => te(k) })),
    /** A field of a change: organisations, roles and times as people call them. */
    value: (field: string, v: string, org: (id: string) => string): string => {
      if (field === 'org_id' || field === 'parent_id') return org(v) || v
      if (field === 'role') return or('shell.role.' + v, v)
      if (/^\d{4}-\d\d-\d\dT/.test(v)) return f.full(v)
      return or(`audit.value.${v}`, v)
    },
  }
}
