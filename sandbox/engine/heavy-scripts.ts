import { FRESH_RUNS, LIGHT_RUNS, MOST_LIGHT_RUNS } from './limits.ts'
import type { Run } from './run.ts'
import type { Script } from './script.ts'

/** What is known of a script that has gone over its slice. */
interface Heaviness {
  /** Runs below a slice that it has to show on threads, this time. */
  readonly asked: number
  /** Those that it still has to show there; without any it is on probation, on the event loop. */
  left: number
  /** Runs below a slice there, until it is forgiven. */
  probation: number
}

/**
 * Which scripts have gone over their slice lately. Counted in runs, never by the clock: what comes of
 * the same requests is always the same.
 */
export class HeavyScripts {
  readonly #heavy = new Map<Script, Heaviness>()
  /**
   * Runs that a script still has to begin with its image, whatever it asks for. One that began with
   * another's leftovers has gone over its slice, and nobody has kept them: so it could not be moved.
   */
  readonly #fresh = new Map<Script, number>()

  /** Whether the script's next run begins on a thread. */
  isHeavy(script: Script): boolean {
    return this.#heavy.size > 0 && (this.#heavy.get(script)?.left ?? 0) > 0
  }

  /** Whether a run of a heavy script may fit into a slice all the same, as the last one did. */
  mayFit(script: Script): boolean {
    const known = this.#heavy.get(script)
    return known?.left !== known?.asked
  }

  /** A turn of a run was taken on the event loop, and ended like this. */
  noteTurn({ result, script }: Run, end: ReturnType<Run['turn']>): void {
    if (end === 'unfinished') this.overran(script)
    else if (end === 'overlong') this.#fresh.set(script, FRESH_RUNS)
    else if (result) this.wasLight(script)
  }

  /** A run of it has gone over its slice: on the event loop, that it was tried there was in vain. */
  overran(script: Script): void {
    const known = this.#heavy.get(script)
    const isAgain = known?.left === 0
    const asked = isAgain
      ? Math.min(2 * known.asked, MOST_LIGHT_RUNS)
      : (known?.asked ?? LIGHT_RUNS)
    this.#heavy.set(script, { asked, left: asked, probation: asked })
  }

  /** A run of it has ended that fitted into a slice, or would have. */
  wasLight(script: Script): void {
    if (this.#heavy.size === 0) return
    const known = this.#heavy.get(script)
    if (!known) return
    if (known.left > 0) known.left--
    else if (--known.probation === 0) this.#heavy.delete(script)
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
