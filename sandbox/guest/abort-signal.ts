import { DOMException } from './dom-exception.ts'
import { Event } from './event.ts'
import { EventTarget, eventHandler } from './event-target.ts'
import { setTimeout } from './timers.ts'

let create: () => AbortSignal

/** Aborts a signal. */
export let abort: (signal: AbortSignal, reason: unknown) => void
/** A signal that aborts when one of `signals` does. */
export let followingSignal: (...signals: AbortSignal[]) => AbortSignal

/** Tells that something is not wanted any more (DOM, "AbortSignal"). */
export class AbortSignal extends EventTarget {
  static #isCreating = false

  #isAborted = false
  #reason: unknown
  /** Those that abort with this one. */
  readonly #followers = new Set<AbortSignal>()

  constructor() {
    if (!AbortSignal.#isCreating) throw new TypeError('Illegal constructor')
    super()
  }

  static abort(reason: unknown = aborted()): AbortSignal {
    const signal = create()
    signal.#isAborted = true
    signal.#reason = reason
    return signal
  }

  static timeout(milliseconds: number): AbortSignal {
    const signal = create()
    setTimeout(() => abort(signal, timedOut()), milliseconds)
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    return followingSignal(...signals)
  }

  get aborted(): boolean {
    return this.#isAborted
  }

  get reason(): unknown {
    return this.#reason
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason
  }

  /** Marks this one and all that follow it, then tells of them: nobody sees a half of it. */
  #abort(reason: unknown, told: AbortSignal[]): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#reason = reason
    told.push(this)
    for (const follower of this.#followers) follower.#abort(reason, told)
    this.#followers.clear()
  }

  static {
    create = () => {
      AbortSignal.#isCreating = true
      try {
        return new AbortSignal()
      } finally {
        AbortSignal.#isCreating = false
      }
    }
    abort = (signal, reason) => {
      const told: AbortSignal[] = []
      signal.#abort(reason, told)
      for (const each of told) each.dispatchEvent(new Event('abort'))
    }
    followingSignal = (...signals) => {
      const follower = create()
      const first = signals.find((signal) => signal.#isAborted)
      if (first) {
        follower.#isAborted = true
        follower.#reason = first.#reason
      } else for (const signal of signals) signal.#followers.add(follower)
      return follower
    }
  }
}
eventHandler(AbortSignal, 'abort')

/** Aborts its signal (DOM, "AbortController"). */
export class AbortController {
  readonly #signal = create()

  get signal(): AbortSignal {
    return this.#signal
  }

  abort(reason: unknown = aborted()): void {
    abort(this.#signal, reason)
  }
}

function aborted(): DOMException {
  return new DOMException('this operation was aborted', 'AbortError')
}

function timedOut(): DOMException {
  return new DOMException('this operation took too long', 'TimeoutError')
}
