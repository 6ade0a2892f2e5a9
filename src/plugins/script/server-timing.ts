import type { Exchange, OpenPhase, Sink, Stage } from 'gateway/plugin'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import type { Deployment } from './deployment.ts'
import { cpuText } from './variables.ts'

/** What a hook has burnt so far, or what a plugin record has in a phase or a stage. */
export interface Timing {
  readonly hook: Hook | OpenPhase | Stage
  fuel: number
}

const timings = new WeakMap<Exchange, Timing[]>()

/** Begins to keep what a hook burns for a request. */
export function timingOf(x: Exchange, hook: Timing['hook']): Timing {
  const timing = { hook, fuel: 0 }
  const known = timings.get(x)
  if (known) known.push(timing)
  else timings.set(x, [timing])
  return timing
}

/**
 * `Server-Timing` (W3C) of a response: what the hooks have burnt until then, as milliseconds of
 * processor time.
 */
export function serverTiming(x: Exchange, next: Sink, { settings }: Deployment): Sink {
  const known = settings.serverTiming ? timings.get(x) : undefined
  if (!known || x.parent) return next
  const metrics = known.map(({ hook, fuel }) => `script;dur=${cpuText(fuel)};desc="${hook}"`)
  x.head?.fields.add('Server-Timing', metrics.join(', '))
  return next
}
