/** How often an incident ends in a way, as officers tell: the usual ones stand first. */
const usualEnds = ['settled_on_scene', 'mediated', 'taken_to_station', 'nothing_found', 'false_call', 'handed_over', 'not_needed', 'recorded_elsewhere']
/** Where a disposition stands in a list; those of the centre's own come before the one for everything else. */
export function rankOfEnd(code: string): number {
  const at = usualEnds.indexOf(code)
  return at >= 0 ? at : code === 'other' ? usualEnds.length + 1 : usualEnds.length
}
