import { Buffer } from 'node:buffer'
import type { Awaitable, Exchange, GatewayError, Head, Sink } from 'gateway/plugin'
import type { Rest } from './search.ts'
import type { SubFilterSettings, Wanted } from './settings.ts'

const NOTHING = new Uint8Array(0)

/** Replaces texts in what is poured into it. */
export class SubstitutingSink implements Sink {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #wanted: Wanted
  readonly #times: SubFilterSettings['times']
  /** Rendered when they are first needed, and the same from then on. */
  readonly #replacements: Uint8Array[] = []
  readonly #done = new Set<number>()
  /** The end of what was there, in which a pattern may have begun: shorter than the longest one. */
  #held: Uint8Array = NOTHING

  constructor(x: Exchange, next: Sink, wanted: Wanted, times: SubFilterSettings['times']) {
    this.#x = x
    this.#next = next
    this.#wanted = wanted
    this.#times = times
  }

  get borrows(): boolean {
    return this.#next.borrows === true
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const { search } = this.#wanted
    if (this.#done.size === search.count) return this.#next.data(chunk)
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    const made = this.#substitute(bytes, 'more')
    return made.length > 0 ? this.#next.data(made) : undefined
  }

  end(): Awaitable<void> {
    const held = this.#held
    this.#held = NOTHING
    const waits = held.length > 0 ? this.#next.data(this.#substitute(held, 'none')) : undefined
    return waits ? waits.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }

  #substitute(bytes: Uint8Array, more: Rest): Uint8Array {
    const { search } = this.#wanted
    const pieces: Uint8Array[] = []
    let at = 0
    let end = bytes.length
    while (this.#done.size < search.count) {
      const hit = search.next(bytes, at, this.#done, more)
      if (!hit) break
      if (hit.pattern < 0) {
        end = hit.start
        break
      }
      pieces.push(bytes.subarray(at, hit.start), this.#replacement(hit.pattern))
      at = hit.end
    }
    // A copy, for the memory may be its sender's again.
    this.#held = end < bytes.length ? Buffer.from(bytes.subarray(end)) : NOTHING
    const rest = bytes.subarray(at, end)
    return pieces.length > 0 ? Buffer.concat([...pieces, rest]) : rest
  }

  #replacement(number: number): Uint8Array {
    if (this.#times === 'once') this.#done.add(number)
    const text = this.#wanted.replacements[number]
    this.#replacements[number] ??= Buffer.from(text?.render(this.#x) ?? '', 'latin1')
    return this.#replacements[number]
  }
}
