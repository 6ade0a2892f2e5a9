import type { Plan } from '../phase/plan.ts'

/**
 * What is served, in a form that can be sent to a worker (JSON): made by the program, opaque to
 * the kernel.
 */
export type Configuration = unknown

/** A configuration the master has read and found good. */
export interface Prepared {
  readonly configuration: Configuration
  /** As compiled in the master, for everything that processes need. */
  readonly plan: Plan
  /** What is accepted, but should be told. */
  readonly warnings: readonly string[]
}

/** What the composition root gives a master, which knows no configuration language. */
export interface Program {
  /** Relative paths of the configuration are relative to this folder. */
  readonly prefix: string
  /** The file a worker is started with. */
  readonly entry: string
  /** Reads and checks the configuration anew; throws `StartError`. Runs in the master. */
  prepare(): Promise<Prepared>
}

/** Compiles what a master has prepared. Runs in workers. */
export type Compile = (configuration: Configuration) => Promise<Plan>

/** Why nothing can be served: every reason, each one finished text. */
export class StartError extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[]) {
    super(reasons.join('\n'))
    this.name = 'StartError'
    this.reasons = reasons
  }
}

/** The reasons in anything that was thrown. */
export function reasonsOf(error: unknown): readonly string[] {
  if (error instanceof StartError) return error.reasons
  return [error instanceof Error ? error.message : String(error)]
}
