import { useI18n } from 'vue-i18n'
import { useNames } from '../identity/names'
import { useKinds } from '../incident/kinds'
import { useOrgs } from '../org/orgs'
import type { Group } from './question'

/** How people call the groups of a report. */
export function useGroupNames() {
  const { t } = useI18n()
  const orgs = useOrgs()
  const kinds = useKinds()
  const people = useNames()
  return (by: Group, group: string): string => {
    switch (by) {
      case 'none': return t('pace.by.none')
      case 'station': return orgs.nameOf(group) || t('pace.no_station')
      case 'call_taker': return people(group) || t('pace.unknown_person')
      case 'kind': return kinds.nameOf(group)
      case 'area': return t('incident.area.' + (group || 'other'))
      case 'hour': return `${group.padStart(2, '0')}:00`
      case 'week': return t('pace.week_of', { day: group })
    }
    return group
  }
}
