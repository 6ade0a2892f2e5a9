/** What a server under test has to do; each contender turns it into its own configuration. */
export type Work =
  | { readonly kind: 'return' }
  | { readonly kind: 'proxy'; readonly origin: number; readonly streaming: boolean }
  | { readonly kind: 'static'; readonly root: string; readonly gzip: boolean }
  | { readonly kind: 'locations'; readonly count: number }

/** What `return` answers, everywhere. */
export const GREETING = 'Hello, world!'

/** The path of location number `index` in a `locations` work. */
export function locationPath(index: number): string {
  return `/area/${index.toString(36)}/shelf-${index}/`
}
