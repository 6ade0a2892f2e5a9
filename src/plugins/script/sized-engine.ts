import { type Base, createEngine, type Engine } from '../../../sandbox/engine/engine.ts'
import type { EngineLimits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { bootstrapOf, type GuestSources } from '../../../sandbox/guest/bootstrap.ts'

/** How many runs of a size are in memory at a time; others that wait are swapped out. */
const SLOTS = 4

/** An engine for guests of one size, with the bases its scripts lie on, and the pool they run in. */
export class SizedEngine {
  readonly pool: Pool
  readonly #engine: Engine
  readonly #guest: GuestSources
  readonly #bases = new Map<string, Base>()

  constructor(limits: EngineLimits, guest: GuestSources, threads: Threads) {
    this.#engine = createEngine({ limits })
    this.#guest = guest
    this.pool = this.#engine.pool(SLOTS, threads)
  }

  /** The web API with these parts of it, and a library on it, evaluated. */
  baseFor(parts: readonly string[], library = ''): Base {
    const key = `${parts.join()}\n${library}`
    const known = this.#bases.get(key)
    if (known) return known
    const base = this.#engine.base([...bootstrapOf(this.#guest, parts), library])
    this.#bases.set(key, base)
    return base
  }
}
