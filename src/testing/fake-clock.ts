import { mock } from 'node:test'
import { tickAll } from '../base/clock.ts'

/** What follows the fake clock besides `performance.now()`. */
const FAKED = ['Date', 'setTimeout', 'setInterval', 'setImmediate'] as const

let running: FakeClock | undefined

/** Stops the time. Throws where it stands already. */
export function startFakeClock(now: number): FakeClock {
  if (running) throw new Error('a fake clock is running; stop it first')
  running = new FakeClock(now)
  return running
}

/**
 * The time as a test has it, for everything in this process: `Date`, timers, `performance.now()`,
 * `steadyTime()` and the kernel's own clock. `using` lets it go on.
 */
export class FakeClock implements Disposable {
  readonly #performanceNow = performance.now

  constructor(now: number) {
    const begun = performance.now()
    mock.timers.enable({ apis: [...FAKED], now })
    performance.now = () => begun + (Date.now() - now)
    tickAll()
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return Date.now()
  }

  /** Lets time pass, in milliseconds: what is due until then happens, in order. */
  advance(milliseconds: number): void {
    mock.timers.tick(milliseconds)
    tickAll()
  }

  /** The real time counts again; timers that were not due are dropped. */
  stop(): void {
    if (running !== this) return
    running = undefined
    mock.timers.reset()
    performance.now = this.#performanceNow
    tickAll()
  }

  [Symbol.dispose](): void {
    this.stop()
  }
}
