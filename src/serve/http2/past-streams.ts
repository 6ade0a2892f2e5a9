/** A power of two. */
const REMEMBERED = 128

/** `ended`: the client has ended it; `ours`: we have, and the client may not know yet. */
export type Past = 'ended' | 'ours' | 'unknown'

/** The streams of a connection that were closed last, and by whom. */
export class PastStreams {
  /** Ids; negative where we have reset it. */
  readonly #ids = new Int32Array(REMEMBERED)
  #at = 0

  add(id: number, past: 'ended' | 'ours'): void {
    this.#ids[this.#at++ & (REMEMBERED - 1)] = past === 'ours' ? -id : id
  }

  /** The client has ended one as well that we had ended. */
  end(id: number): void {
    const at = this.#ids.indexOf(-id)
    if (at >= 0) this.#ids[at] = id
  }

  find(id: number): Past {
    for (let i = 0; i < REMEMBERED; i++) {
      const known = this.#ids[i] as number
      if (known === id) return 'ended'
      if (known === -id) return 'ours'
    }
    return 'unknown'
  }
}
