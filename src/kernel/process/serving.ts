import type { Level } from '../../base/level.ts'

/** A worker that serves, as seen by what goes on in it apart from requests. */
export interface Serving {
  /** Lets something go on: see `Carrier.hold`. */
  hold(): (() => void) | undefined
  /** Writes a line to the error log of the place. */
  log(level: Level, text: string): void
}
