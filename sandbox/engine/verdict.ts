import type { Crossing } from '../border/crossing.ts'

/**
 * How a run ended: it had nothing left to do (`done`), ran into the limit of that name, threw
 * (`error`), broke the engine (`trap`), was given up by its caller (`aborted`), found no thread to go
 * on with (`busy`), or the host answered a call with an error that is no refusal (`host`).
 */
export type Verdict =
  | 'done'
  | 'cpu'
  | 'memory'
  | 'stack'
  | 'jobs'
  | 'error'
  | 'trap'
  | 'aborted'
  | 'busy'
  | 'host'

/** A verdict that is no success. */
export type Failure = Exclude<Verdict, 'done'>

/** An error of the guest in texts, cut to {@link MAX_ERROR_TEXT} characters each. */
export interface GuestError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

export const MAX_ERROR_TEXT = 8192

/** What became of a run. */
export interface RunResult {
  readonly verdict: Verdict
  /** What the guest's `enter` returned, where that can cross. */
  readonly value: Crossing
  /** The error nobody caught, where there was one. */
  readonly error: GuestError | undefined
  /** The host's error behind the verdict `host`. */
  readonly cause: unknown
  /** Units of fuel burnt, all turns together: the same work always burns the same. */
  readonly fuel: number
  /** The most bytes the guest's heap had, its image included. */
  readonly memory: number
}

/** Unwinds a turn that must not go on; a guest cannot catch it. */
export class Stopped extends Error {
  readonly verdict: Failure
  readonly error: GuestError | undefined

  constructor(verdict: Failure, error?: GuestError) {
    super(verdict)
    this.verdict = verdict
    this.error = error
  }

  /** The engine tells a guest of its limits by errors, which the guest may catch. */
  static by(error: GuestError): Stopped {
    return new Stopped(verdictOf(error), error)
  }

  /** The same, of an error whose name, message and stack a guest has told. */
  static toldBy(...parts: readonly Crossing[]): Stopped {
    const [name, message, stack] = parts.map((part) => {
      return typeof part === 'string' ? part.slice(0, MAX_ERROR_TEXT) : ''
    })
    return Stopped.by({ name: name || 'Error', message: message ?? '', stack: stack ?? '' })
  }
}

function verdictOf({ name, message }: GuestError): Failure {
  if (name === 'InternalError' && message === 'out of memory') return 'memory'
  if (name === 'InternalError' && message === 'stack overflow') return 'stack'
  // The parser has no other kind of error.
  if (name === 'SyntaxError' && message === 'stack overflow') return 'stack'
  return 'error'
}

/** Unwinds a turn in which the host failed. */
export class HostFault extends Error {}
