import { FRESH_RUNS, LIGHT_RUNS } from './limits.ts'
import type { Script } from './script.ts'

/**
 * Which scripts have gone over their slice lately. Counted in runs, never by the clock: what comes of
 * the same requests is always the same.
 */
export class HeavyScripts {
  /** Runs below a slice that a script still has to show on threads. */
  readonly #heavy = new Map<Script, number>()
  /** Runs that a script still has to begin with its image, whatever it asks for. */
  readonly #fresh = new Map<Script, number>()

  /** Whether the script's next run begins on a thread. */
  isHeavy(script: Script): boolean {
    return this.#heavy.size > 0 && this.#heavy.has(script)
  }

  /** A run of it has gone over its slice. */
  overran(script: Script): void {
    this.#heavy.set(script, LIGHT_RUNS)
  }

  /** A run that began on a thread would have fitted into a slice. */
  wasLight(script: Script): void {
    countDown(this.#heavy, script)
  }

  /**
   * A run that began with another one's leftovers has gone over its slice. Nobody has kept them, so
   * it could not be moved: for a while that must not happen again.
   */
  overranLeftovers(script: Script): void {
    this.#fresh.set(script, FRESH_RUNS)
  }

  /** Whether the run that begins may have what others have left. */
  mayReuse(script: Script): boolean {
    if (this.#fresh.size === 0 || !this.#fresh.has(script)) return true
    countDown(this.#fresh, script)
    return false
  }
}

function countDown(counts: Map<Script, number>, script: Script): void {
  const left = (counts.get(script) ?? 0) - 1
  if (left > 0) counts.set(script, left)
  else counts.delete(script)
}
