import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Stage } from '../kernel/filter/stage.ts'
import type { OpenPhase, Verdict } from '../kernel/phase/verdict.ts'

/** What one handler or filter did for a request. */
export interface Deed {
  readonly at: OpenPhase | Stage
  readonly plugin: string
  /** A verdict; of a filter, whether it takes the body; why it failed. */
  did: Verdict | 'passes' | 'takes the body' | 'failed' | 'waits'
  /** Until it returned, whatever it called included, in microseconds. */
  busy: number
  /** How long it was waited for besides, in microseconds. */
  waited: number
}

/** What happened to a request inside the gateway, in order. */
export interface Trace {
  readonly deeds: Deed[]
  /** Of the requests it made inside the server. */
  readonly inner: { readonly x: Exchange; readonly trace: Trace }[]
  /** When it was seen first, by `performance.now()`. */
  readonly began: number
}

const traces = new WeakMap<Exchange, Trace>()

/** The trace of an exchange, begun where there is none yet. */
export function traceOf(x: Exchange): Trace {
  const known = traces.get(x)
  if (known) return known
  const trace: Trace = { deeds: [], inner: [], began: performance.now() }
  traces.set(x, trace)
  if (x.parent) traceOf(x.parent).inner.push({ x, trace })
  return trace
}
