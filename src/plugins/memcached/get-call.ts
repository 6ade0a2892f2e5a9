import { Buffer } from 'node:buffer'
import {
  type Asking,
  type ConnectionUser,
  contentType,
  GatewayError,
  type PeerAnswer,
  steadyTime,
  type UpstreamConnection,
} from 'gateway/plugin'
import { readFirstLine } from './first-line.ts'
import type { Get } from './protocol.ts'

/** What stands behind a value. */
const END = '\r\nEND\r\n'
const NONE = Buffer.alloc(0)

type Failure = 'error' | 'timeout' | 'invalid_header'

/** One `get` and its answer. */
export class GetCall implements ConnectionUser {
  readonly #asking: Asking<Get>
  readonly #connection: UpstreamConnection
  readonly #key: string
  #phase: 'head' | 'body' | 'over' = 'head'
  /** The beginning of a line that is not complete. */
  #partial = NONE
  /** Bytes of the value that are still to come, and what of END is. */
  #left = 0
  #end = END

  constructor(asking: Asking<Get>, connection: UpstreamConnection) {
    this.#asking = asking
    this.#connection = connection
    this.#key = asking.options.request.key(asking.x)
  }

  start(): void {
    const { attempt, options } = this.#asking
    this.#connection.usedBy(this)
    this.#asking.sending()
    const text = `get ${this.#key}\r\n`
    attempt.bytesSent = text.length
    this.#connection.stream.writeText(text)
    const now = steadyTime()
    this.#connection.readBy(now + options.readTimeout)
    if (this.#connection.stream.pending > 0) this.#connection.writeBy(now + options.sendTimeout)
  }

  onBytes(memory: Buffer, size: number): void {
    const { attempt, options } = this.#asking
    attempt.bytesReceived += size
    this.#connection.readBy(steadyTime() + options.readTimeout)
    if (this.#phase === 'body') this.#readBody(memory, 0, size)
    else this.#readLine(memory, size)
  }

  #readLine(memory: Buffer, size: number): void {
    const { options } = this.#asking
    const bytes = Buffer.concat([this.#partial, memory.subarray(0, size)])
    const line = bytes.indexOf('\r\n')
    if (line >= 0) this.#readHead(bytes, line)
    else if (bytes.length > options.headLimit) this.#invalid('too long response')
    else this.#partial = bytes
  }

  #readHead(bytes: Buffer, end: number): void {
    const line = bytes.toString('latin1', 0, end)
    const said = readFirstLine(line, this.#key)
    switch (said.kind) {
      case 'wrong':
        this.#invalid(`invalid ${said.text}: "${line}"`)
        return
      case 'missing':
        this.#asking.x.log('info', `key: "${this.#key}" was not found by memcached`)
        if (this.#answered(404, 0, [])) this.#done(true)
        return
      case 'value': {
        const { gzipFlag } = this.#asking.options.request
        this.#left = said.length
        // Flags go up to 2^32, which is more than a shift of numbers takes.
        const isGzip = gzipFlag > 0 && (BigInt(said.flags) & BigInt(gzipFlag)) > 0n
        if (!this.#answered(200, said.length, isGzip ? ['Content-Encoding', 'gzip'] : [])) return
        // The value comes although nobody wants it: the connection cannot be used again.
        if (this.#asking.x.method === 'HEAD') this.#done(false)
        else this.#readBody(bytes, end + 2, bytes.length)
      }
    }
  }

  #answered(status: number, length: number, fields: string[]): boolean {
    this.#phase = 'body'
    const type = status === 200 ? contentType(this.#asking.x) : undefined
    if (this.#asking.answered(answerOf(status, length, fields, type))) return true
    this.#phase = 'over'
    return false
  }

  #readBody(memory: Buffer, from: number, to: number): void {
    const upTo = Math.min(to, from + this.#left)
    this.#left -= upTo - from
    if (upTo > from) this.#asking.data(memory, from, upTo)
    // Whoever took the bytes may have given up.
    if (this.#phase !== 'body') return
    const behind = memory.toString('latin1', upTo, to)
    if (!this.#end.startsWith(behind)) {
      this.#invalid('invalid trailer')
      return
    }
    this.#end = this.#end.slice(behind.length)
    if (this.#end === '') this.#done(true)
    else this.#asking.goOn(to - from)
  }

  onEnd(): void {
    this.#fail('error', 'upstream prematurely closed connection')
  }

  onBroken(code: string): void {
    this.#fail('error', `memcached connection failed (${code})`)
  }

  onDeadline(kind: 'read' | 'write'): void {
    if (kind === 'read' && this.#asking.silent()) return
    this.#fail('timeout', 'upstream timed out')
  }

  onDrain(): void {
    this.#connection.writeBy(Number.POSITIVE_INFINITY)
  }

  onClosed(): void {
    this.#phase = 'over'
  }

  onConnected(): void {}
  onConnectFailed(): void {}

  #done(keep: boolean): void {
    this.#phase = 'over'
    this.#asking.done(keep)
  }

  #invalid(what: string): void {
    this.#fail('invalid_header', `memcached sent ${what}`)
  }

  #fail(failure: Failure, text: string): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    const status = failure === 'timeout' ? 504 : 502
    const facts = { code: 'MEMCACHED_FAILED', blame: 'upstream', status } as const
    this.#asking.failed(failure, new GatewayError(text, facts))
  }
}

function answerOf(
  status: number,
  length: number,
  fields: string[],
  type: string | undefined,
): PeerAnswer {
  const original = (name: string) => (name === 'content-encoding' ? fields.slice(1) : [])
  return {
    status,
    length,
    fields,
    type,
    reason: undefined,
    steers: false,
    original,
    trailers: undefined,
  }
}
