import type { Bindings } from '../../../sandbox/border/bindings.ts'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import { sha256 } from '../../../sandbox/bundle/sealed-file.ts'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import type { EngineLimits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { Threads } from '../../../sandbox/engine/threads/threads.ts'
import type { GuestSources } from '../../../sandbox/guest/bootstrap.ts'
import { partsOf } from '../../../sandbox/guest/part-names.ts'
import { LoadingHost, type LoadingOptions } from '../../../sandbox/host/loading-host.ts'
import { tooManySizes } from './failure.ts'
import { readGuestSources } from './read-guest-sources.ts'
import { SizedEngine } from './sized-engine.ts'

/** What a script is loaded from. */
export interface Loading {
  /** Stands in its stack traces. */
  readonly name: string
  /** A script whose value is its module. */
  readonly source: string
  /** All of `env`. */
  readonly bindings: Bindings
  /** Its memory and its stack. */
  readonly size: EngineLimits
  /** A script that is evaluated before it, once for all that have it. */
  readonly library?: string
  /** Answers the ops of a plugin record. */
  readonly record?: NonNullable<LoadingOptions['record']>
}

/** A script in the sandbox, and which hooks it has. */
export interface Loaded {
  readonly script: Script
  readonly hooks: readonly Hook[]
  /** Where it is run. */
  readonly pool: Pool
  /** The names of its variables. */
  readonly variables: readonly string[]
}

/** Different pairs of memory and stack that the scripts of a process may have. */
const MAX_SIZES = 4

/** The sandbox of this process: an engine for each size of guest, and threads for all of them. */
export class Runtime {
  readonly #guest: GuestSources
  readonly #threads = new Threads()
  readonly #engines = new Map<string, SizedEngine>()
  #identity: string | undefined

  private constructor(guest: GuestSources) {
    this.#guest = guest
  }

  static async start(): Promise<Runtime> {
    return new Runtime(await readGuestSources())
  }

  /** What scripts are loaded into, as a hash: the same script comes to the same in the same one. */
  get identity(): string {
    this.#identity ??= sha256(JSON.stringify([bellard, this.#guest]))
    return this.#identity
  }

  /** Makes what a script is loaded on, which it may share with others. */
  prepare({ library, size, source }: Loading): void {
    this.#engineFor(size).baseFor(partsOf(source), library)
  }

  /** Evaluates a script. Throws an error with the script's own text where that fails. */
  load({ bindings, library, name, record, size, source }: Loading): Loaded {
    const part = (wanted: string) => this.part(wanted)
    const host = new LoadingHost({ bindings, part, ...(record && { record }) })
    const engine = this.#engineFor(size)
    const base = engine.baseFor(partsOf(source), library)
    const script = base.script(source, { name, host })
    return { script, hooks: host.hooks, variables: host.variables, pool: engine.pool }
  }

  /** Where scripts of this size are run. */
  poolFor(size: EngineLimits): Pool {
    return this.#engineFor(size).pool
  }

  /** The source of a part of the web API, for a script that does not name it. */
  part(name: string): string {
    return Object.hasOwn(this.#guest.parts, name) ? (this.#guest.parts[name] as string) : ''
  }

  /** Made with the first script of its size. */
  #engineFor(size: EngineLimits): SizedEngine {
    const name = `${size.memory} ${size.stack}`
    const known = this.#engines.get(name)
    if (known) return known
    if (this.#engines.size >= MAX_SIZES) throw tooManySizes(MAX_SIZES)
    const engine = new SizedEngine(size, this.#guest, this.#threads)
    this.#engines.set(name, engine)
    return engine
  }
}

let running: Promise<Runtime> | undefined

/** The sandbox, started with the first script. */
export function runtime(): Promise<Runtime> {
  running ??= Runtime.start()
  return running
}
