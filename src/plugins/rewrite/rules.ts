import type { Awaitable, Exchange, Verdict } from 'gateway/plugin'
import { follow, Run, type Sequence } from './sequence.ts'

/** What handlers get: the sequence of a place. */
export interface Rules {
  readonly sequence: Sequence
  /** `rewrite_log`. */
  readonly logs: boolean
}

/** Before a location is found, a changed URI needs nothing further: it is the one looked for. */
export function followInServer(x: Exchange, { sequence, logs }: Rules): Awaitable<Verdict> {
  return follow(x, sequence, new Run(logs)) ?? 'next'
}

/** In a location, a URI that was changed for good has its location looked for again. */
export function followInLocation(x: Exchange, { sequence, logs }: Rules): Awaitable<Verdict> {
  const run = new Run(logs)
  const verdict = follow(x, sequence, run) ?? 'next'
  return verdict === 'next' && run.moved ? 'rerun' : verdict
}
