import type { Bindings } from '../../../sandbox/border/bindings.ts'
import type { Hook } from '../../../sandbox/border/hooks.ts'
import { sha256 } from '../../../sandbox/bundle/sealed-file.ts'
import { type Base, createEngine } from '../../../sandbox/engine/engine.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { bootstrapOf, type GuestSources } from '../../../sandbox/guest/bootstrap.ts'
import { partsOf } from '../../../sandbox/guest/part-names.ts'
import { LoadingHost } from '../../../sandbox/host/loading-host.ts'
import { readGuestSources } from './read-guest-sources.ts'

/** What a script is loaded from. */
export interface Loading {
  /** Stands in its stack traces. */
  readonly name: string
  /** A script whose value is its module. */
  readonly source: string
  /** All of `env`. */
  readonly bindings: Bindings
}

/** A script in the sandbox, and which hooks it has. */
export interface Loaded {
  readonly script: Script
  readonly hooks: readonly Hook[]
}

/** How many runs of a worker are in memory at a time; others that wait are swapped out. */
const SLOTS = 4

/** The sandbox of this process: one engine, whose slots all scripts use in turn. */
export class Runtime {
  readonly pool: Pool
  readonly #engine = createEngine()
  readonly #guest: GuestSources
  readonly #bases = new Map<string, Base>()
  #identity: string | undefined

  private constructor(guest: GuestSources) {
    this.#guest = guest
    this.pool = this.#engine.pool(SLOTS)
  }

  static async start(): Promise<Runtime> {
    return new Runtime(await readGuestSources())
  }

  /** What scripts are loaded into, as a hash: the same script comes to the same in the same one. */
  get identity(): string {
    this.#identity ??= sha256(JSON.stringify([this.#engine.build, this.#guest]))
    return this.#identity
  }

  /** Makes what a script is loaded on, which it may share with others. */
  prepare({ source }: Loading): void {
    this.#baseFor(partsOf(source))
  }

  /** Evaluates a script. Throws an error with the script's own text where that fails. */
  load({ bindings, name, source }: Loading): Loaded {
    const host = new LoadingHost({ bindings, part: (part) => this.part(part) })
    const base = this.#baseFor(partsOf(source))
    return { script: base.script(source, { name, host }), hooks: host.hooks }
  }

  /** The source of a part of the web API, for a script that does not name it. */
  part(name: string): string {
    return Object.hasOwn(this.#guest.parts, name) ? (this.#guest.parts[name] as string) : ''
  }

  #baseFor(parts: readonly string[]): Base {
    const key = parts.join()
    const known = this.#bases.get(key)
    if (known) return known
    const base = this.#engine.base(bootstrapOf(this.#guest, parts))
    this.#bases.set(key, base)
    return base
  }
}

let running: Promise<Runtime> | undefined

/** The sandbox, started with the first script. */
export function runtime(): Promise<Runtime> {
  running ??= Runtime.start()
  return running
}
