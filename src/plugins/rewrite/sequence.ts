import type { Awaitable, Exchange, Verdict } from 'gateway/plugin'

/**
 * One directive of a sequence. `undefined` goes on with the next one, `next` ends the sequence without
 * an answer, any other verdict ends it and is the sequence's.
 */
export type Operation = (x: Exchange, run: Run) => Awaitable<Verdict> | undefined

/** The directives of one block, in the order written. */
export type Sequence = readonly Operation[]

/** What one request's way through a sequence has come to. */
export class Run {
  /** Whether the URI was changed since a location was last looked for. */
  moved = false
  /** As in nginx, captures are escaped until the first URI was rewritten. */
  escaping = true
  readonly #logs: boolean

  constructor(logs: boolean) {
    this.#logs = logs
  }

  /** Tells of a step where `rewrite_log` is on. */
  note(x: Exchange, what: string, subject: string): void {
    if (this.#logs) x.log('notice', `${what} "${subject}"`)
  }

  /** Tells where the request goes now. */
  noteTarget(x: Exchange): void {
    if (this.#logs) x.log('notice', `rewritten data: "${x.uri}", args: "${x.args ?? ''}"`)
  }
}

/** Goes through a sequence, or that of an `if` within it. */
export function follow(x: Exchange, sequence: Sequence, run: Run): Awaitable<Verdict> | undefined {
  for (let i = 0; i < sequence.length; i++) {
    const verdict = (sequence[i] as Operation)(x, run)
    if (verdict !== undefined) return verdict
  }
  return undefined
}
