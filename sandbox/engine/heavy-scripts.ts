import { FRESH_RUNS, LIGHT_RUNS } from './limits.ts'
import type { Run } from './run.ts'
import type { Script } from './script.ts'

/**
 * Which scripts have gone over their slice lately. Counted in runs, never by the clock: what comes of
 * the same requests is always the same.
 */
export class HeavyScripts {
  /** Runs below a slice that a script still has to show on threads. */
  readonly #heavy = new Map<Script, number>()
  /**
   * Runs that a script still has to begin with its image, whatever it asks for. One that began with
   * another's leftovers has gone over its slice, and nobody has kept them: so it could not be moved.
   */
  readonly #fresh = new Map<Script, number>()

  /** Whether the script's next run begins on a thread. */
  isHeavy(script: Script): boolean {
    return this.#heavy.size > 0 && this.#heavy.has(script)
  }

  /** Whether a run of a heavy script may fit into a slice all the same, as the last one did. */
  mayFit(script: Script): boolean {
    return this.#heavy.get(script) !== LIGHT_RUNS
  }

  /** A turn of a run was taken on the event loop, and ended like this. */
  noteTurn({ result, script }: Run, end: ReturnType<Run['turn']>): void {
    if (end === 'unfinished') this.overran(script)
    else if (end === 'overlong') this.#fresh.set(script, FRESH_RUNS)
    else if (result) this.wasLight(script)
  }

  /** A run of it has gone over its slice. */
  overran(script: Script): void {
    this.#heavy.set(script, LIGHT_RUNS)
  }

  /** A run of it has ended that fitted into a slice, or would have. */
  wasLight(script: Script): void {
    if (this.isHeavy(script)) countDown(this.#heavy, script)
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
