import { Buffer } from 'node:buffer'
import { hkdfSync } from 'node:crypto'

/** How long a secret counts, in milliseconds. */
const TURN = 3_600_000
/** The longest that a ticket may be good for (RFC 8446, section 4.6.1), in turns. */
const MOST_PAST = 7 * 24
const SIZE = 48

/**
 * Secrets of which each follows from the one before and does not lead back to it. All that begin
 * with the same and go by the same clock have the same at any time, and need not speak about it.
 */
export class SecretChain {
  /** Newest first; those that are past are gone when nothing that they sealed is good any more. */
  #secrets: readonly Uint8Array[]
  #turn: number
  #past = 1

  private constructor(secrets: readonly Uint8Array[], turn: number) {
    this.#secrets = secrets
    this.#turn = turn
  }

  /** One that begins `now`, in milliseconds of the steady clock. */
  static from(secret: Uint8Array, now: number): SecretChain {
    return new SecretChain([secret], turnAt(now))
  }

  /** What `text` was made of. */
  static parse(text: string): SecretChain {
    const [turn, ...secrets] = text.split(' ')
    return new SecretChain(
      secrets.map((each) => Buffer.from(each, 'base64')),
      Number(turn),
    )
  }

  /** All of it, for another process. */
  get text(): string {
    const secrets = this.#secrets.map((each) => Buffer.from(each).toString('base64'))
    return [this.#turn, ...secrets].join(' ')
  }

  /** What was sealed is good for so many milliseconds, or for as long as was said before. */
  remember(time: number): void {
    this.#past = Math.min(MOST_PAST, Math.max(this.#past, Math.ceil(time / TURN)))
  }

  /** The secrets that count `now`, the one to seal with first: the same array within a turn. */
  at(now: number): readonly Uint8Array[] {
    const turn = turnAt(now)
    while (this.#turn < turn) {
      const next = new Uint8Array(hkdfSync('sha256', this.#newest, '', 'the next one', SIZE))
      this.#secrets = [next, ...this.#secrets].slice(0, 1 + this.#past)
      this.#turn++
    }
    return this.#secrets
  }

  get #newest(): Uint8Array {
    return this.#secrets[0] as Uint8Array
  }
}

function turnAt(now: number): number {
  return Math.floor(now / TURN)
}
