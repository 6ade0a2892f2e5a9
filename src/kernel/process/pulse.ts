/** How often the master looks at its workers, in milliseconds. */
export const LOOK_EVERY = 500

/**
 * For how long a worker has given no sign of life. Counted in looks: time in which the master
 * itself did not run (stopped, suspended, without a processor) is nobody's fault.
 */
export class Pulse {
  #beat = 0
  #silence = 0

  /** Milliseconds without a new beat, with this look. */
  look(beat: number): number {
    this.#silence = beat === this.#beat ? this.#silence + LOOK_EVERY : 0
    this.#beat = beat
    return this.#silence
  }
}
