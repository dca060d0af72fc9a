import words from './street.json'

const house = new RegExp(words.house)
const streets = new RegExp(words.streets)

/**
 * An address as a wall may show it: down to the street or the village, without the
 * house and whatever else was taken down. Empty where no street can be told from
 * it: less is shown then, never more.
 */
export function streetOf(address: string): string {
  const before = address.slice(0, address.match(house)?.index ?? address.length)
  return before.match(streets)?.[0] ?? ''
}
