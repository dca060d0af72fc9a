/**
 * The entries, by the folder that holds each one's index.html. The console's is
 * the root; what stands below another's address is answered by it.
 */
export const entries = [
  '', // the console and what belongs to a desk
  'm', // the handset
  'x', // screens that nobody sits at
  'p', // whoever comes from outside: no log-in
]

/** The page of an entry, from the root of the pages. */
export const pageOf = (entry: string) => `${entry ? entry + '/' : ''}index.html`
