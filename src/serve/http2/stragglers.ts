import { CODE, WIDEST_WINDOW } from '../../wire/http2/codes.ts'
import { StreamFault } from '../../wire/http2/fault.ts'
import { resetFrame } from '../../wire/http2/frame-writer.ts'
import type { ClientStream } from './client-stream.ts'
import type { Outgoing } from './outgoing.ts'
import type { PastStreams } from './past-streams.ts'

/** Streams that are listened to at the same time; beyond them the first is ended. */
const MOST = 16
/** Bytes of a body that are still taken, and dropped. */
const MOST_BYTES = 16_384

interface Straggler {
  /** Bytes that are still taken. */
  room: number
  /** Bytes of the body that were announced and have not come; undefined where nobody knows. */
  left: number | undefined
  /** What the client thinks that it still takes. */
  window: number
}

/**
 * Streams that were answered before their requests were whole. A client mostly has the rest on its way,
 * and is then heard to its end: only one that has more to say is told, without an error, to stop
 * (RFC 9113 section 8.1). What it does wrong meanwhile is wrong as ever.
 */
export class Stragglers {
  readonly #outgoing: Outgoing
  readonly #past: PastStreams
  /** By id, the first answered first. */
  readonly #all = new Map<number, Straggler>()

  constructor(outgoing: Outgoing, past: PastStreams) {
    this.#outgoing = outgoing
    this.#past = past
  }

  /** A stream was answered; `left` bytes of its request were announced and have not come. */
  add({ id, input, output }: ClientStream, left: number | undefined): void {
    // One that may send no more than this would wait for the room to, and for ever.
    if (input.room <= MOST_BYTES) {
      this.#stop(id)
      return
    }
    this.#all.set(id, { room: MOST_BYTES, left, window: output.window })
    if (this.#all.size <= MOST) return
    const [first = id] = this.#all.keys()
    this.#stop(first)
  }

  has(id: number): boolean {
    return this.#all.has(id)
  }

  /** So many bytes of its body came; of these, `flow` is what counts. Throws a `StreamFault`. */
  came(id: number, bytes: number, flow: number): void {
    const straggler = this.#all.get(id) as Straggler
    straggler.room -= flow
    if (straggler.left !== undefined) straggler.left -= bytes
    if (straggler.left !== undefined && straggler.left < 0) {
      throw new StreamFault(CODE.protocolError, 'more body than it has announced')
    }
    if (straggler.room < 0) this.#stop(id)
  }

  /** Its request is whole. Throws a `StreamFault`. */
  ended(id: number): void {
    const left = this.#all.get(id)?.left ?? 0
    if (left > 0) throw new StreamFault(CODE.protocolError, 'less body than it has announced')
    this.forget(id, 'ended')
  }

  /** The client takes more. Throws a `StreamFault`. */
  widen(id: number, bytes: number): void {
    const straggler = this.#all.get(id)
    if (straggler === undefined) return
    straggler.window += bytes
    if (straggler.window > WIDEST_WINDOW) {
      throw new StreamFault(CODE.flowControlError, 'a window wider than there are')
    }
  }

  /** It is over; who has ended it. Whether it was there. */
  forget(id: number, past: 'ended' | 'ours'): boolean {
    const was = this.#all.delete(id)
    if (was) this.#past.add(id, past)
    return was
  }

  #stop(id: number): void {
    this.#all.delete(id)
    this.#outgoing.frame(resetFrame(id, CODE.noError))
    this.#past.add(id, 'ours')
  }
}
