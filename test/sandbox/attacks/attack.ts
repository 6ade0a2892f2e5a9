import type { Verdict } from '../../../sandbox/engine/verdict.ts'
import type { FailureCode } from '../../../src/plugins/script/failure.ts'

/** Something a hostile script does, and how that must end. */
export interface Attack {
  readonly name: string
  /** The body of an async hook; it has `request`, `env` and `ctx` where there is a web API. */
  readonly source: string
  readonly verdict: Verdict
  /** What the gateway says of it where that is not the verdict's own code; `none`: it is answered. */
  readonly code: FailureCode | 'none'
}

const CODES: Readonly<Record<Verdict, FailureCode | 'none'>> = {
  done: 'none',
  cpu: 'script_cpu',
  memory: 'script_memory',
  stack: 'script_stack',
  jobs: 'script_jobs',
  error: 'script_error',
  trap: 'script_trap',
  aborted: 'script_wall',
  busy: 'script_busy',
  host: 'script_host',
}

/** Attacks that end alike, by name. */
export function attacks(
  verdict: Verdict,
  sources: Readonly<Record<string, string>>,
  code: FailureCode | 'none' = CODES[verdict],
): Attack[] {
  return Object.entries(sources).map(([name, source]) => ({ name, source, verdict, code }))
}

/**
 * Whether an attack burns the same fuel each time. Where Node's own stack ends before C's does,
 * depends on how far the engine's code has been optimised.
 */
export function isExact({ verdict }: Attack): boolean {
  return verdict !== 'stack'
}
