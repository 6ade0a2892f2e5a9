import type { Level } from '../../base/level.ts'
import type { Exchange } from '../exchange/exchange.ts'

/** A worker that serves, as seen by what goes on in it apart from requests. */
export interface Serving {
  /** Lets something go on: see `Carrier.hold`. */
  hold(): (() => void) | undefined
  /** Writes a line to the error log of the place. */
  log(level: Level, text: string): void
  /**
   * Lets `work` ask inside of the gateway (`x.rest`, `x.subrequest`) on behalf of an exchange of the
   * place that no client has asked for; it is over when the work is, with all that is under way.
   */
  inside<T>(work: (x: Exchange) => Promise<T>): Promise<T>
}
