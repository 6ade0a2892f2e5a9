import { Fields } from './http1/fields.ts'
import type { HeadMemo } from './http1/head-memo.ts'

/** Bytes `start` to `end` of a body, `end` not included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * The head of a response. There is one for each response; filters change it in turn.
 * `Content-Type` and `Content-Length` live in their own members and never in `fields`;
 * framing and connection fields are written by the kernel and never stand here.
 */
export class Head {
  status: number
  /** Reason phrase from an upstream; without one the registered phrase is written. */
  reason: string | undefined
  readonly fields: Fields
  /** Value of Content-Type, or undefined for none. */
  type: string | undefined
  /** Bytes of the body that follow, or undefined when unknown (chunked, or ended by close). */
  length: number | undefined
  /** Last modification, in milliseconds since the epoch; written as Last-Modified. */
  modified: number | undefined
  /** Whether byte ranges of this body may be served (nginx's `allow_ranges`). */
  ranges: boolean
  /**
   * Offered by a source that can begin anywhere (a file): pours these parts one after another
   * instead of the whole body, or nothing for none. May be called while the head passes. The chain
   * withdraws it as soon as a filter before the `slice` stage takes the body.
   */
  seek: ((parts: readonly ByteRange[]) => void) | undefined
  /** Whether every chunk goes out as it comes (unbuffered proxying, server-sent events). */
  flush: boolean
  /**
   * Fields behind the body, which may be added until it ends. Set with the head, they make the body
   * chunked where the client understands that; where it does not, nobody sees them.
   */
  trailers: Fields | undefined
  /** Set by the kernel for a body that is sent again and again. */
  memo: HeadMemo | undefined

  constructor(status: number, fields: Fields = new Fields()) {
    this.status = status
    this.reason = undefined
    this.fields = fields
    this.type = undefined
    this.length = undefined
    this.modified = undefined
    this.ranges = false
    this.seek = undefined
    this.flush = false
    this.trailers = undefined
    this.memo = undefined
  }
}
