import type { Buffer } from 'node:buffer'

/** Peers, each by a name, whose sessions are kept. */
const MOST = 1000

/** What was agreed with peers, so that it need not be agreed anew; the latest of each. */
export class Sessions {
  readonly #known = new Map<string, Buffer>()

  find(peer: string, name: string): Buffer | undefined {
    return this.#known.get(keyOf(peer, name))
  }

  keep(peer: string, name: string, session: Buffer): void {
    const key = keyOf(peer, name)
    this.#known.delete(key)
    this.#known.set(key, session)
    if (this.#known.size <= MOST) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  forget(peer: string, name: string): void {
    this.#known.delete(keyOf(peer, name))
  }
}

function keyOf(peer: string, name: string): string {
  return `${peer} ${name}`
}
