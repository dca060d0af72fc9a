import { useI18n } from 'vue-i18n'
import { useOrgs } from '../org/orgs'

/** Where a grant holds, in words: the organisation, alone or with all below it. */
export function useScopes() {
  const { t } = useI18n()
  const orgs = useOrgs()
  return (g: { org_id: string; unit_only?: boolean }) => `${orgs.nameOf(g.org_id) || g.org_id}${t(g.unit_only ? 'access.unit_only_short' : 'access.and_below_short')}`
}
