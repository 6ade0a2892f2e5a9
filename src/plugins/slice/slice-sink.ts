import {
  type Awaitable,
  type ByteRange,
  clientClosed,
  type Exchange,
  GatewayError,
  type Head,
  type Sink,
} from 'gateway/plugin'
import { describeSlice, type SliceRange } from './content-range.ts'
import type { Slicing } from './slicing.ts'

/**
 * Pours the slice that comes, and when it is through asks for one after the other, as far as they
 * are wanted: one at a time, and no faster than they are taken.
 */
export class SliceSink implements Sink {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #slicing: Slicing
  #slice: SliceRange
  /** The part of the whole that the client gets. */
  #wanted: ByteRange
  /** Where the bytes that come next stand in the whole. */
  #at: number

  constructor(x: Exchange, next: Sink, slicing: Slicing, slice: SliceRange) {
    this.#x = x
    this.#next = next
    this.#slicing = slicing
    this.#slice = slice
    this.#wanted = { start: 0, end: slice.total }
    this.#at = slice.start
  }

  get borrows(): boolean {
    return this.#next.borrows === true
  }

  head(head: Head): void {
    head.seek = ([only]) => {
      this.#wanted = only ?? { start: 0, end: 0 }
    }
    this.#next.head(head)
    head.seek = undefined
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const at = this.#at
    this.#at = at + chunk.length
    const from = Math.max(this.#wanted.start - at, 0)
    const to = Math.min(this.#wanted.end, this.#slice.end) - at
    if (from >= Math.min(to, chunk.length)) return undefined
    return this.#next.data(chunk.subarray(from, to))
  }

  async end(): Promise<void> {
    // The answer to HEAD has no body, so that there is nothing to ask for.
    const error = this.#x.method === 'HEAD' ? undefined : await this.#restOfThem()
    if (!error) return this.#next.end()
    this.#x.report(error)
    this.fail(error)
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }

  async #restOfThem(): Promise<GatewayError | undefined> {
    const { size } = this.#slicing
    for (;;) {
      if (this.#x.aborted) return clientClosed('slices were sent')
      const { end, start } = this.#slice
      if (this.#at !== end)
        return broken(`${this.#at - start} bytes in slice response of ${end - start}`)
      if (end >= this.#wanted.end) return undefined
      const { start: first } = this.#wanted
      // Slices before the first that is wanted are left out.
      this.#slicing.start = Math.max(end, first - (first % size))
      const error = await this.#ask()
      if (error) return error
    }
  }

  async #ask(): Promise<GatewayError | undefined> {
    const asked = this.#x.again()
    const head = await asked.answered
    const slice = head ? describeSlice(head, this.#slicing) : 'missing slice response'
    if (typeof slice !== 'string' && slice.total === this.#slice.total) {
      this.#slice = slice
      this.#at = slice.start
      return asked.pour(this)
    }
    asked.breakOff()
    return broken(typeof slice === 'string' ? slice : 'another complete length in slice response')
  }
}

function broken(fault: string): GatewayError {
  return new GatewayError(fault, { code: 'SLICE_BROKEN', blame: 'upstream', status: 502 })
}
