import type { Entry, IPWords } from 'gateway/plugin'

/** The lines of a `geo` block that give values to addresses: networks, or ranges. */
export interface Lines {
  readonly empty: boolean
  setDefault(line: Entry, value: string): void
  add(line: Entry, word: string, value: string): void
  delete(line: Entry, word: string): void
  /** The value for an address; undefined stands for what has none, such as a unix socket. */
  compile(): (words: IPWords | undefined) => string
}

/** What nginx looks up for whatever has no address, and in ranges for IPv6, too. */
export const NO_ADDRESS = 0xffffffff
