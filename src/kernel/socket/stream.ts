import { Buffer } from 'node:buffer'
import { getSystemErrorName } from 'node:util'
import { tick } from '../../base/clock.ts'
import {
  END_OF_STREAM,
  type Handle,
  newBuffer,
  newShutdownRequest,
  readResult,
  type WriteRequest,
  writeIsPending,
} from './binding.ts'
import { JOIN_LIMIT, joinBytes, joinText, keepJoint, TEXT_LIMIT } from './joint.ts'
import type { KeptBody } from './kept-body.ts'
import type { StreamUser } from './stream-user.ts'
import { giveRequest, takeRequest } from './write-requests.ts'

/** Bytes of the one buffer all streams of a process read into while nobody keeps what was read. */
const SHARED_READ = 65_536

const shared = newBuffer(SHARED_READ)

/**
 * A connected byte stream (TCP, unix socket, TLS over either) over a libuv handle.
 *
 * Writing: at most one write is under way; what is written meanwhile waits in order.
 * `pending` counts the bytes that wait; memory given to `write` must not be changed before
 * `pending` is 0 again.
 */
export class Stream {
  readonly handle: Handle
  user: StreamUser
  /** Bytes written but not yet taken by the operating system. */
  pending = 0
  /** Bytes read and written so far. */
  received = 0
  sent = 0
  closed = false
  /** Whether it reads. */
  reading = false
  /** Whether what the other side sent before it broke the connection is read before that is told. */
  readsOut = false
  #memory: Buffer = shared
  #swap: Buffer | undefined
  #waiting: Uint8Array[] | undefined
  #inFlight = 0
  #ending = false

  constructor(handle: Handle, user: StreamUser) {
    this.handle = handle
    this.user = user
    handle.stream = this
    handle.onread = onRead
    handle.useUserBuffer(shared)
  }

  /** Bytes of `sent` that the operating system has not taken yet. */
  get unsent(): number {
    if (this.pending === 0) return 0
    const inFlight = Math.min(this.#inFlight, this.handle.writeQueueSize)
    return this.pending - this.#inFlight + inFlight
  }

  resume(): void {
    if (this.reading || this.closed) return
    this.reading = true
    this.handle.readStart()
  }

  pause(): void {
    if (!this.reading || this.closed) return
    this.reading = false
    this.handle.readStop()
  }

  /**
   * From the next read on, bytes go into `memory` (the stream's own, so that they stay valid until
   * the next read), or with `undefined` into the shared buffer again. Call it from `onBytes`.
   */
  readInto(memory: Buffer | undefined): void {
    this.#swap = memory ?? shared
  }

  /** Writes text whose every character is one byte. Returns whether something waits now. */
  writeText(text: string): boolean {
    if (this.closed) return false
    this.sent += text.length
    if (this.#waiting || this.#inFlight) {
      return this.#queue([Buffer.from(text, 'latin1')], text.length)
    }
    const request = takeRequest()
    const failed = this.handle.writeLatin1String(request, text)
    return this.#written(request, failed, text.length, undefined)
  }

  write(bytes: Uint8Array): boolean {
    if (this.closed || bytes.length === 0) return this.pending > 0
    this.sent += bytes.length
    if (this.#waiting || this.#inFlight) return this.#queue([bytes], bytes.length)
    const request = takeRequest()
    const failed = this.handle.writeBuffer(request, bytes)
    return this.#written(request, failed, bytes.length, bytes)
  }

  /**
   * Writes `before`, `bytes` and `after` in one system call where nothing waits. `bytes` are lent
   * as with `write`.
   */
  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    const size = before.length + bytes.length + after.length
    if (this.closed) return false
    this.sent += size
    if (size > JOIN_LIMIT || this.#waiting || this.#inFlight) {
      const chunks = [Buffer.from(before, 'latin1'), bytes, Buffer.from(after, 'latin1')]
      if (this.#waiting || this.#inFlight) return this.#queue(chunks, size)
      return this.#writeAll(chunks, size)
    }
    if (bytes.length <= TEXT_LIMIT) {
      const request = takeRequest()
      const failed = this.handle.writeLatin1String(request, joinText(before, bytes, after))
      return this.#written(request, failed, size, undefined)
    }
    const joined = joinBytes(before, bytes, after)
    const request = takeRequest()
    const failed = this.handle.writeBuffer(request, joined)
    const waits = this.#written(request, failed, size, joined)
    // The memory is now libuv's until the write completes.
    if (waits && !this.handle.copies) keepJoint()
    return waits
  }

  /** Writes a head and a kept body in one system call where nothing waits. */
  writeKept(head: string, body: KeptBody): boolean {
    if (!this.#waiting && !this.#inFlight) {
      const whole = body.behind(head)
      if (typeof whole === 'string') return this.writeText(whole)
      if (whole) {
        const waits = this.write(whole)
        if (waits) body.leave()
        return waits
      }
    }
    return this.writeAround(head, body.bytes, '')
  }

  /** Closes the writing half once everything written has left. */
  end(): void {
    if (this.closed || this.#ending) return
    this.#ending = true
    if (this.pending === 0) this.#shutdown()
  }

  /** Closes both halves now; what waits is lost. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.handle.close()
  }

  /** Closes with a reset, so that the other side sees an error and no TIME_WAIT stays here. */
  reset(): void {
    if (this.closed) return
    this.closed = true
    if (this.handle.reset?.() !== 0) this.handle.close()
  }

  /** For the handle alone: takes what a read returned; gives memory for the next one. */
  deliver(): Buffer | undefined {
    const size = readResult()
    if (this.closed) return undefined
    tick()
    if (size > 0) {
      this.received += size
      this.user.onBytes(this.#memory, size)
    } else if (size === END_OF_STREAM) {
      this.reading = false
      this.user.onEnd()
    } else if (size < 0) {
      this.#broken(size)
    }
    const memory = this.#swap
    if (!memory) return undefined
    this.#swap = undefined
    this.#memory = memory
    return memory
  }

  #written(request: WriteRequest, failed: number, size: number, memory: unknown): boolean {
    if (failed !== 0) {
      giveRequest(request)
      this.#cannotWrite(failed)
      return false
    }
    if (!writeIsPending()) {
      giveRequest(request)
      return false
    }
    this.#inFlight = size
    this.pending += size
    request.buffer = memory
    request.oncomplete = (status) => this.#left(status)
    return true
  }

  #queue(chunks: readonly Uint8Array[], size: number): true {
    this.#waiting ??= []
    this.#waiting.push(...chunks)
    this.pending += size
    return true
  }

  #left(status: number): void {
    this.pending -= this.#inFlight
    this.#inFlight = 0
    if (this.closed) return
    tick()
    if (status < 0) {
      this.#cannotWrite(status)
      // Whoever waits for room need not: nothing is written any more.
      if (this.readsOut && this.reading) this.user.onDrain()
      return
    }
    const waiting = this.#waiting
    if (waiting) {
      // With nothing in flight, all that is pending waits.
      const size = this.pending
      this.#waiting = undefined
      this.pending = 0
      if (this.#writeAll(waiting, size)) return
    }
    if (this.closed) return
    if (this.#ending) this.#shutdown()
    else this.user.onDrain()
  }

  #writeAll(chunks: readonly Uint8Array[], size: number): boolean {
    const request = takeRequest()
    const failed = this.handle.writev(request, chunks, true)
    return this.#written(request, failed, size, chunks)
  }

  #shutdown(): void {
    const request = newShutdownRequest()
    request.oncomplete = undefined
    const failed = this.handle.shutdown(request)
    if (failed < 0) setImmediate(() => this.#broken(failed))
  }

  #cannotWrite(errno: number): void {
    if (this.readsOut && this.reading) {
      // An answer may have come just before the reset; behind it, the end is told by a read.
      this.#waiting = undefined
      this.#inFlight = 0
      this.pending = 0
    } else {
      // The user is told from the event loop, as for every other break.
      setImmediate(() => this.#broken(errno))
    }
  }

  #broken(errno: number): void {
    if (this.closed) return
    this.close()
    this.user.onBroken(getSystemErrorName(errno))
  }
}

function onRead(this: Handle): Buffer | undefined {
  return (this.stream as Stream).deliver()
}
