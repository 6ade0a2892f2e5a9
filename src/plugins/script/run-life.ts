import type { Verdict } from 'gateway/plugin'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import type { Occasion } from './occasion.ts'

/**
 * How long a run may go on: as long as what it is about, and no longer than it is allowed to. Where
 * that goes on before the run has ended, a worker that leaves waits for the run.
 */
export class RunLife {
  readonly #x: Occasion
  #abort: AbortController | undefined
  #isStopped = false
  #goOn: ((verdict: 'next') => void) | undefined
  #release: (() => void) | undefined

  constructor(x: Occasion) {
    this.#x = x
  }

  /** Asked for only where the run waits for something. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** Whether nobody wants what comes of the run any more. */
  get isUnwanted(): boolean {
    return this.#isStopped || this.#x.aborted
  }

  /** Gives the run up: nobody wants what comes of it. */
  stop(): void {
    this.#isStopped = true
    this.#abort?.abort()
  }

  /** Gives up what the run still waits for; later, for within the guest's turn it cannot be. */
  giveUp(): void {
    setImmediate(() => this.#abort?.abort())
  }

  /** What the run is about is settled, and the guest works on behind it. */
  goBehind(): void {
    this.#x.onAbort = undefined
    this.#release ??= this.#x.carrier.hold()
  }

  /** The same for a phase, which goes on. */
  leaveBehind(): void {
    this.goBehind()
    this.#goOn?.('next')
  }

  /** The phase's verdict of a run that waits: that of its end, unless the phase goes on before. */
  verdict(
    result: Promise<RunResult>,
    wall: number,
    end: (result: RunResult) => Verdict | Promise<Verdict>,
  ): Promise<Verdict> {
    const ended = this.#untilEnd(result, wall, end)
    const behind = new Promise<Verdict>((resolve) => {
      this.#goOn = resolve
    })
    return Promise.race([ended, behind])
  }

  /** `wall` is how many milliseconds it may take. */
  async #untilEnd(
    result: Promise<RunResult>,
    wall: number,
    end: (result: RunResult) => Verdict | Promise<Verdict>,
  ): Promise<Verdict> {
    const x = this.#x
    const stop = () => this.#abort?.abort()
    const late = setTimeout(stop, wall)
    x.onAbort = stop
    const ended = await result
    clearTimeout(late)
    if (x.onAbort === stop) x.onAbort = undefined
    const verdict = end(ended)
    // Not before: a worker that leaves may be gone then.
    this.#release?.()
    return verdict
  }
}
