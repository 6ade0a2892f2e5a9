import type { Buffer } from 'node:buffer'
import { clientTimedOut } from '../../base/errors.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { StreamUser } from '../../kernel/socket/stream-user.ts'
import { CODE, type ErrorCode } from '../../wire/http2/codes.ts'
import { ConnectionFault, type StreamFault } from '../../wire/http2/fault.ts'
import { resetFrame } from '../../wire/http2/frame-writer.ts'
import type { Connection } from '../connection.ts'
import { logConnection } from '../log-connection.ts'
import type { ClientStream } from './client-stream.ts'
import { Conduct } from './conduct.ts'
import type { Http2Settings } from './directives.ts'
import { Farewell } from './farewell.ts'
import { greet } from './greeting.ts'
import { Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { PastStreams } from './past-streams.ts'
import { ReceiveRoom } from './receive-room.ts'
import { SessionDeadlines } from './session-deadlines.ts'
import { Stragglers } from './stragglers.ts'

/** What waits to leave, in bytes, from which on the client is not listened to until it takes it. */
const MOST_WAITING = 262_144
/** How many full bodies may be on their way on one connection (`http2_recv_buffer_size`). */
const BODIES = 4

/**
 * One client connection that speaks HTTP/2 (RFC 9113): its streams, and how it ends. What comes is
 * read by `incoming`, what leaves is written by `outgoing`.
 */
export class Session implements StreamUser {
  readonly connection: Connection
  readonly settings: Http2Settings
  readonly outgoing: Outgoing
  readonly conduct = new Conduct()
  readonly deadlines: SessionDeadlines
  readonly room: ReceiveRoom
  /** Those under way, by id. */
  readonly streams = new Map<number, ClientStream>()
  readonly past = new PastStreams()
  readonly stragglers: Stragglers
  /** The last stream that the client has opened. */
  last = 0
  readonly #incoming: Incoming
  /** Within what was just read: what is made of it leaves together. */
  #reading = false
  readonly #farewell: Farewell

  constructor(connection: Connection, settings: Http2Settings) {
    this.connection = connection
    this.settings = settings
    this.outgoing = new Outgoing(connection.stream)
    this.#farewell = new Farewell(this.outgoing)
    this.stragglers = new Stragglers(this.outgoing, this.past)
    this.#incoming = new Incoming(this)
    this.deadlines = new SessionDeadlines(this)
    this.room = new ReceiveRoom(settings.http2_recv_buffer_size * BODIES, this.outgoing)
  }

  /** Says what the client must know first. */
  open(): void {
    greet(this, BODIES)
    if (this.connection.clients.draining) this.leave()
  }

  /** What the connection is doing, for those that wait. */
  get mode(): 'idle' | 'head' | 'exchange' {
    if (this.streams.size > 0) return 'exchange'
    return this.#incoming.isWithin ? 'head' : 'idle'
  }

  /** Whether new streams are still served. */
  get serves(): boolean {
    return !this.#farewell.isSaid && this.connection.serves
  }

  // What the connection's stream tells.

  onBytes(memory: Buffer, size: number): void {
    const { connection, outgoing } = this
    this.#reading = true
    outgoing.outbox.hold()
    try {
      this.#incoming.read(memory, size)
      outgoing.queue.run()
    } catch (error) {
      if (!(error instanceof ConnectionFault)) throw error
      this.end(error)
    }
    this.#reading = false
    outgoing.outbox.flush()
    if (!connection.serves) return
    if (outgoing.outbox.waiting > MOST_WAITING) connection.stream.pause()
    this.#settle()
  }

  onEnd(): void {
    this.connection.reader.ended = true
    this.#breakAll('the response was sent')
    this.connection.close()
  }

  onDrain(): void {
    const { connection, outgoing } = this
    for (const { output } of this.streams.values()) output.waitOn()
    outgoing.queue.run()
    outgoing.outbox.flush()
    if (outgoing.outbox.waiting <= MOST_WAITING) connection.stream.resume()
  }

  onBroken(code: string): void {
    this.#breakAll(`the response was sent (${code})`)
    this.connection.close()
  }

  // Streams.

  /** A request begins. */
  begin(stream: ClientStream): void {
    this.streams.set(stream.id, stream)
    this.conduct.asked()
    if (this.streams.size === 1) this.connection.deadlines.awaitResponse()
  }

  /** A response was sent as a whole; of the request, something may still come. */
  answered(stream: ClientStream, x: Exchange): void {
    const { connection } = this
    this.conduct.answered()
    const { body, location } = x
    if (stream.input.whole) {
      this.#forget(stream, 'ended')
    } else {
      body.discard()
      this.#drop(stream)
      const isOpen = stream.tunnel !== undefined || body.length === undefined
      this.stragglers.add(stream, isOpen ? undefined : body.length - body.received)
    }
    if (connection.isUsedUp(location.settings)) this.leave()
    if (!this.#reading) this.#settle()
  }

  /** So many are under way that nothing more is begun; the client may ask again. As `brokenOff`. */
  refuse(id: number): void {
    this.outgoing.frame(resetFrame(id, CODE.refusedStream))
    this.past.add(id, 'ours')
    this.conduct.refused()
  }

  /** A stream ends before it is whole, for which the client is told why. */
  reset(stream: ClientStream, code: ErrorCode): void {
    this.outgoing.frame(resetFrame(stream.id, code))
    this.#forget(stream, 'ours')
    if (!this.#reading) this.#settle()
  }

  /** The client has ended a stream. Throws a `ConnectionFault` where it does little else. */
  brokenOff(stream: ClientStream): void {
    stream.broken('the response was sent (RST_STREAM)')
    this.#forget(stream, 'ended')
    this.conduct.brokenOff()
  }

  /** The client has done something wrong on one stream. Throws a `ConnectionFault` as `brokenOff`. */
  fault(id: number, fault: StreamFault): void {
    this.log(`client sent ${fault.message}`)
    this.outgoing.frame(resetFrame(id, fault.code))
    const stream = this.streams.get(id)
    if (stream) {
      stream.faulted(fault)
      this.#forget(stream, 'ours')
    } else if (!this.stragglers.forget(id, 'ours')) {
      this.past.add(id, 'ours')
    }
    this.conduct.brokenOff()
  }

  #forget(stream: ClientStream, past: 'ended' | 'ours'): void {
    this.#drop(stream)
    this.past.add(stream.id, past)
  }

  #drop(stream: ClientStream): void {
    this.streams.delete(stream.id)
    this.outgoing.queue.remove(stream.output)
    this.room.release(stream.input.takeTaken())
    if (this.streams.size === 0) this.deadlines.clear()
  }

  // What is waited for.

  /** A deadline has passed; whether it was not the connection's alone. */
  onDeadline(kind: 'read' | 'write'): boolean {
    if (this.streams.size > 0 || kind === 'write') {
      this.deadlines.passed(kind)
      return true
    }
    if (this.mode !== 'head') return false
    this.log(clientTimedOut('its request head was read').message)
    this.expire()
    return true
  }

  /** What was read is used up, or a stream is over. */
  #settle(): void {
    const { connection, streams } = this
    if (!connection.serves || streams.size > 0) return
    if (this.#farewell.isSaid) this.#close()
    else if (this.#incoming.isWithin) connection.deadlines.awaitHead()
    else connection.deadlines.awaitRequest()
  }

  // How it ends.

  /** No more is asked from now on, but what is on its way is still answered (section 6.8). */
  leave(): void {
    this.#farewell.begin()
  }

  /** The client has answered a ping: it has seen what was sent before. */
  onPong(): void {
    if (this.#farewell.heard(this.last) && !this.#reading) this.#settle()
  }

  /** The connection was idle for long enough. */
  expire(): void {
    this.end(new ConnectionFault(CODE.noError, ''))
  }

  /** Nothing is answered any more; the client is told why. */
  end(fault: ConnectionFault): void {
    if (!this.connection.serves) return
    if (fault.message !== '') this.log(`client sent ${fault.message}`)
    this.#farewell.end(this.last, fault.code)
    this.#breakAll('the connection was given up')
    this.#close()
  }

  /** The connection is wanted by somebody else. */
  giveWay(): void {
    this.#farewell.end(this.last, CODE.noError)
    this.outgoing.outbox.flush()
  }

  giveUp(): void {
    this.#breakAll('the worker left')
  }

  log(text: string): void {
    logConnection(this.connection, `${text} while processing HTTP/2 connection`)
  }

  #close(): void {
    this.#incoming.drop()
    this.outgoing.outbox.flush()
    this.connection.linger()
  }

  #breakAll(why: string): void {
    for (const stream of [...this.streams.values()]) {
      stream.broken(why)
      this.#forget(stream, 'ended')
    }
  }
}
