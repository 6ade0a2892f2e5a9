import { MAX_CHECKPOINT } from './limits.ts'
import type { Run } from './run.ts'
import type { Script } from './script.ts'
import type { Slot } from './slot.ts'

/** A slot of a pool: whose state is in it, and who waits there. */
export class Place {
  readonly slot: Slot
  /** When it was last taken, in runs; the oldest is taken first. */
  used = 0
  busy = false
  #waiting: Run | undefined
  /** The script whose state is in the slot, and what kind of state that is. */
  #script: Script | undefined
  #state: 'image' | 'reusable' | 'used' = 'used'

  constructor(slot: Slot) {
    this.slot = slot
  }

  get isFree(): boolean {
    return !this.busy && !this.#waiting
  }

  /** Whether a run that begins need not have another script's state removed first. */
  holds(run: Run): boolean {
    return this.#script === run.script && !run.saved
  }

  /** Brings the run's state into the slot. */
  prepare(run: Run): void {
    this.used = ++clock
    const { anchors, image } = run.script
    if (run.saved) this.slot.resume(run.saved, image, anchors)
    else {
      const ready = this.#state === 'image' || (this.#state === 'reusable' && run.state === 'reuse')
      if (!ready || !this.holds(run)) this.slot.load(image, anchors)
      // What others have left in the slot is kept nowhere, so nothing can be replayed on it.
      else if (this.#state === 'reusable') run.keepNoJournal()
      this.slot.seed(run.seedLow, run.seedHigh)
    }
    run.saved = undefined
    this.#script = run.script
    this.#state = 'used'
  }

  /** Lets the run take its turn; it waits here if it has not ended. */
  attend(run: Run): ReturnType<Run['turn']> {
    this.#waiting = run
    this.busy = true
    try {
      return run.turn(this.slot)
    } finally {
      this.busy = false
    }
  }

  /**
   * The run has ended: only one that wants it leaves what it did to the next one of its script, and
   * only if nothing went wrong. Who comes next decides what the slot is made to hold.
   */
  leave(run: Run): void {
    this.#waiting = undefined
    const { anchors, image } = run.script
    const keeps = run.state === 'reuse' && run.result?.verdict === 'done' && this.slot.isSound
    this.#state = keeps ? 'reusable' : 'used'
    if (keeps || this.slot.isSound) return
    // What it took is given back, and an instance that failed replaced, before anybody waits for it.
    this.slot.load(image, anchors)
    this.#state = 'image'
  }

  /** Keeps the state of the run that waits here for its journal, unless that would take long. */
  checkpoint(run: Run): void {
    if (this.slot.grown <= MAX_CHECKPOINT) run.journal?.goOnFrom(this.slot.capture())
  }

  /** Takes the state of the run that waits here out of the slot. */
  swapOut(): Run | undefined {
    const run = this.#waiting
    if (!run) return undefined
    run.swapOut(this.slot.capture())
    this.#waiting = undefined
    this.#state = 'used'
    return run
  }
}

let clock = 0
