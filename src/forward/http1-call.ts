import { Buffer } from 'node:buffer'
import { clock } from '../base/clock.ts'
import {
  type GatewayError,
  upstreamBroke,
  upstreamClosedPrematurely,
  upstreamSentInvalidBody,
  upstreamSentInvalidHeader,
  upstreamSentTooBigHeader,
  upstreamTimedOut,
} from '../base/errors.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { describeCode } from '../kernel/upstream/describe-code.ts'
import type { ConnectionUser, UpstreamConnection } from '../kernel/upstream/upstream-connection.ts'
import type { ResponseHead } from '../wire/http1/response-head.ts'
import { parseResponseHead } from '../wire/http1/response-parser.ts'
import { Http1Body } from './http1-body.ts'
import { type Http1Request, requestHead, writeBodyEnd, writeBodyPart } from './http1-request.ts'
import type { Asking } from './protocol.ts'
import type { BodyTarget } from './request-source.ts'

/** Interim answers (100, 103) one request puts up with. */
const INTERIM_LIMIT = 16
/** Bytes of a request body that may wait for the peer before the client has to. */
const SEND_AHEAD = 65_536

/** The field of a request that asks for another protocol. */
const UPGRADE = /\r\nupgrade:/i

type Phase = 'head' | 'body' | 'over'

/** One request to one peer over HTTP/1, and its answer. */
export class Http1Call implements ConnectionUser, BodyTarget {
  readonly #asking: Asking<Http1Request>
  readonly #connection: UpstreamConnection
  readonly #bytesBefore: number
  #phase: Phase = 'head'
  /** The beginning of a head that is not complete. */
  #partial: Buffer | undefined = undefined
  #interim = 0
  /** Bytes of early hints so far. */
  #hinted = 0
  #answer: ResponseHead | undefined = undefined
  #body: Http1Body | undefined = undefined
  /** The whole request has been handed to the connection. */
  #asked = false
  #more: (() => void) | undefined = undefined
  /** The head of the request until it is written. */
  #unsent = ''

  constructor(asking: Asking<Http1Request>, connection: UpstreamConnection) {
    this.#asking = asking
    this.#connection = connection
    this.#bytesBefore = connection.stream.received
  }

  start(): void {
    const asking = this.#asking
    const { body } = asking
    const { stream } = this.#connection
    const sentBefore = stream.sent
    this.#connection.usedBy(this)
    asking.request ||= requestHead(asking)
    asking.sending()
    if (!body) {
      stream.writeText(asking.request)
      this.#requestSent()
    } else if (body.whole) {
      stream.writeAround(asking.request, body.whole, '')
      this.#requestSent()
    } else {
      this.#connection.readBy(Number.POSITIVE_INFINITY)
      // What is there of the body goes with the head.
      this.#unsent = asking.request
      body.stream(this)
      if (this.#phase !== 'over') stream.writeText(this.#takeUnsent())
    }
    asking.attempt.bytesSent = stream.sent - sentBefore
  }

  #takeUnsent(): string {
    const head = this.#unsent
    this.#unsent = ''
    return head
  }

  #requestSent(): void {
    this.#asked = true
    const { options } = this.#asking
    const now = clock.now
    this.#connection.readBy(now + options.readTimeout)
    if (this.#connection.stream.pending > 0) this.#connection.writeBy(now + options.sendTimeout)
  }

  // The request's body, where it is streamed.

  bodyData(chunk: Buffer): Awaitable<void> {
    if (this.#phase === 'over') return undefined
    const { stream } = this.#connection
    const { attempt, body, options } = this.#asking
    const sentBefore = stream.sent
    writeBodyPart(stream, body?.length, chunk, this.#takeUnsent())
    attempt.bytesSent += stream.sent - sentBefore
    if (stream.pending === 0) return undefined
    this.#connection.writeBy(clock.now + options.sendTimeout)
    if (stream.pending < SEND_AHEAD) return undefined
    return new Promise((resolve) => {
      this.#more = resolve
    })
  }

  bodyEnd(): void {
    if (this.#phase === 'over') return
    writeBodyEnd(this.#connection.stream, this.#asking.body?.length, this.#takeUnsent())
    this.#requestSent()
  }

  bodyFailed(error: GatewayError): void {
    if (this.#phase === 'over') return
    this.#stop()
    this.#asking.abandon(error)
  }

  // What happens on the connection.

  onConnected(): void {}
  onConnectFailed(): void {}

  onBytes(memory: Buffer, size: number): void {
    const { attempt } = this.#asking
    attempt.bytesReceived = this.#connection.stream.received - this.#bytesBefore
    const at = this.#phase === 'head' ? this.#readHead(memory, size) : 0
    if (this.#phase === 'body') this.#readBody(memory, at, size)
  }

  onEnd(): void {
    if (this.#connection.wasReset) this.onBroken('ECONNRESET')
    else if (this.#phase === 'body' && this.#body?.endsWithClose) this.#done(false)
    else this.#fail('error', upstreamClosedPrematurely(this.#doing()))
  }

  onDrain(): void {
    this.#connection.writeBy(Number.POSITIVE_INFINITY)
    this.#goOn()
  }

  onBroken(code: string): void {
    this.#fail('error', upstreamBroke(describeCode(code), this.#doing()))
  }

  onDeadline(kind: 'read' | 'write'): void {
    if (kind === 'read' && this.#asking.silent()) return
    const doing = kind === 'write' ? 'sending request to upstream' : this.#doing()
    this.#fail('timeout', upstreamTimedOut(doing))
  }

  onClosed(): void {
    if (this.#phase !== 'over') this.#stop()
  }

  #doing(): string {
    return this.#phase === 'head' ? 'reading response header from upstream' : 'reading upstream'
  }

  // The answer.

  /** Returns where the body begins in `memory`, or `size` while the head is not complete. */
  #readHead(memory: Buffer, size: number): number {
    const partial = this.#partial
    if (!partial) return this.#readHeads(memory, 0, size)
    const joined = Buffer.concat([partial, memory.subarray(0, size)])
    this.#partial = undefined
    const at = this.#readHeads(joined, 0, joined.length)
    return this.#phase === 'head' ? size : at - partial.length
  }

  #readHeads(bytes: Buffer, from: number, to: number): number {
    const { headLimit, request } = this.#asking.options
    let at = from
    while (at < to) {
      const head = parseResponseHead(bytes, at, Math.min(to, at + headLimit), request.fates)
      if (typeof head === 'string') return this.#refuse(upstreamSentInvalidHeader(head))
      if (head === undefined) {
        if (to - at >= headLimit) return this.#refuse(upstreamSentTooBigHeader(headLimit))
        this.#partial = Buffer.from(bytes.subarray(at, to))
        return to
      }
      at += head.size
      if (head.status >= 200) {
        this.#begin(head)
        return at
      }
      if (head.status === 101) {
        if (this.#switch(head, bytes.subarray(at, to))) return to
        return this.#refuse(upstreamSentInvalidHeader('an unasked-for 101'))
      }
      if (++this.#interim > INTERIM_LIMIT) {
        return this.#refuse(upstreamSentInvalidHeader('too many interim responses'))
      }
      if (head.status === 103 && !this.#hint(head)) return 0
    }
    return to
  }

  /** Passes on what all of the hints together may be long; false when that ended the call. */
  #hint(head: ResponseHead): boolean {
    const asking = this.#asking
    if (head.version < 11) {
      this.#refuse(upstreamSentInvalidHeader('an HTTP/1.0 response with early hints'))
      return false
    }
    this.#hinted += head.size
    if (this.#hinted <= asking.options.headLimit) asking.hinted(head.fields)
    else asking.x.log('info', 'upstream sent too big early hints')
    return this.#phase === 'head'
  }

  /** The connection is not this call's any more, if the whole request was for another protocol. */
  #switch(head: ResponseHead, early: Buffer): boolean {
    const asked =
      this.#asked && this.#connection.stream.pending === 0 && UPGRADE.test(this.#asking.request)
    if (!asked || !this.#asking.switched(head, early)) return false
    this.#phase = 'over'
    return true
  }

  #refuse(error: GatewayError): 0 {
    this.#fail('invalid_header', error)
    return 0
  }

  #begin(head: ResponseHead): void {
    const { request, x } = this.#asking
    this.#answer = head
    this.#body = new Http1Body(head, request)
    this.#phase = 'body'
    const forHead = x.method === 'HEAD'
    // Where another method was asked than the client's (proxy_method), the bodies differ.
    const differs = forHead !== request.startsWith('HEAD ')
    if (differs && !forHead && head.length !== undefined) head.length = 0
    if (!this.#asking.answered(head)) this.#stop()
    else if (differs && forHead) this.#done(false)
  }

  #readBody(memory: Buffer, at: number, size: number): void {
    const body = this.#body as Http1Body
    body.feed(memory, at, size)
    if (body.end > body.start) this.#asking.data(memory, body.start, body.end)
    // Whoever took the bytes may have given up.
    if (this.#phase !== 'body') return
    if (body.invalid !== undefined) {
      this.#fail('invalid_header', upstreamSentInvalidBody(body.invalid))
    } else if (body.done) {
      this.#done(body.clean)
    } else {
      this.#asking.goOn(size)
    }
  }

  /** `clean`: nothing followed the answer, so that the connection may carry another request. */
  #done(clean: boolean): void {
    const head = this.#answer as ResponseHead
    head.trailers = this.#body?.trailers
    const written = this.#asked && this.#connection.stream.pending === 0
    this.#stop()
    this.#asking.done(clean && written && !head.close)
  }

  #fail(failure: 'error' | 'timeout' | 'invalid_header', error: GatewayError): void {
    if (this.#phase === 'over') return
    this.#stop()
    this.#asking.failed(failure, error)
  }

  /** Nothing of this call happens any more; a body that is still being sent is dropped. */
  #stop(): void {
    this.#phase = 'over'
    this.#goOn()
    this.#asking.body?.drop(this)
  }

  #goOn(): void {
    const more = this.#more
    this.#more = undefined
    more?.()
  }
}
