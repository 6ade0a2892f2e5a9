import type { Buffer } from 'node:buffer'
import { clock } from '../clock.ts'
import { clientClosed, clientTimedOut, GatewayError, pluginFailed } from '../errors.ts'
import type { Carrier, Client, Exchange } from '../exchange/exchange.ts'
import type { BodySource } from '../exchange/request-body.ts'
import { ClientSink } from '../filter/client-sink.ts'
import type { RequestHead } from '../http1/request-head.ts'
import type { Framing } from '../http1/response-writer.ts'
import type { ListenPlan } from '../phase/plan.ts'
import { runLog, start } from '../phase/run.ts'
import type { LocationSettings } from '../settings/location.ts'
import type { Handle, PeerName } from '../socket/binding.ts'
import type { SlotOwner } from '../socket/slots.ts'
import { Stream, type StreamUser } from '../socket/stream.ts'
import type { Clients } from './clients.ts'
import { Input } from './input.ts'
import { nextHead } from './next-head.ts'
import { makeExchange, refuse, refusedExchange, wantsKeepAlive } from './request-start.ts'

/** `head`: waiting for a request · `exchange`: serving one · `rest`: answered, its body still comes. */
type Mode = 'head' | 'exchange' | 'rest' | 'lingering' | 'closed'

/** Pipelined bytes that wait while a request is served; beyond it reading pauses. */
const PIPELINE_LIMIT = 65_536
/** nginx's own status for a client that left before it was answered. */
const CLIENT_CLOSED = 499
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const NEVER = Number.POSITIVE_INFINITY

/** One client connection: one exchange after another is read, served and logged. */
export class Connection implements StreamUser, SlotOwner, BodySource, Client, Carrier {
  readonly stream: Stream
  readonly slot: number
  readonly serial: number
  readonly address: string
  readonly port: number
  readonly acceptedAt: number
  readonly secure = false
  pipelined = false
  requests = 0
  readonly #clients: Clients
  readonly #plan: ListenPlan
  readonly #input = new Input()
  #mode: Mode = 'head'
  #x: Exchange | undefined
  #sink: ClientSink | undefined
  /** Of the location that answered last. */
  #settings: LocationSettings
  #keepAlive = false
  #expectsContinue = false
  #advancing = false
  #peerEnded = false
  /** Whether the next head is the first of what was just read. */
  #fresh = false
  /** What the client sends is not understood any more. */
  #unreadable = false
  /** Since when the connection waits for a request. */
  #idleSince = 0
  #lingerUntil = 0
  /** Bytes that waited to be written when the send time-out was armed. */
  #queued = 0
  #sentBefore = 0
  #counted: 'reading' | 'writing' | 'waiting' = 'waiting'

  constructor(clients: Clients, handle: Handle, plan: ListenPlan, serial: number) {
    this.#clients = clients
    this.#plan = plan
    this.#settings = plan.servers.default.own.settings
    this.serial = serial
    this.acceptedAt = clock.now
    const peer: PeerName = {}
    handle.getpeername?.(peer)
    this.address = peer.address ?? 'unix:'
    this.port = peer.port ?? 0
    this.#x = undefined
    this.#sink = undefined
    this.slot = clients.slots.take(this)
    this.stream = new Stream(handle, this)
  }

  /** Starts reading; the connection has its slot. */
  open(): void {
    if (this.#settings.tcp_nodelay) this.stream.handle.setNoDelay?.(true)
    this.#clients.counters.waiting++
    this.#idleSince = clock.now
    this.#armRead(Math.min(this.#headTimeout(), this.#settings.keepalive_min_timeout))
    this.stream.resume()
  }

  get localAddress(): string {
    return this.#local().address ?? 'unix:'
  }

  get localPort(): number {
    return this.#local().port ?? 0
  }

  // What the stream tells.

  onBytes(memory: Buffer, size: number): void {
    if (this.#mode === 'lingering') {
      this.#armRead(Math.min(this.#settings.lingering_timeout, this.#lingerUntil - clock.now))
      return
    }
    this.#input.add(memory, size)
    this.#fresh = true
    this.#advance()
    if (this.#mode === 'closed') return
    this.#input.keep()
    if (this.#mode === 'exchange' && this.#input.size >= PIPELINE_LIMIT) this.stream.pause()
  }

  onEnd(): void {
    this.#peerEnded = true
    const x = this.#x
    if (this.#mode !== 'exchange' || !x) {
      this.close()
      return
    }
    if (!x.body.complete) x.body.fail(clientClosed('sending its request body'))
    // A client that only closed its writing half still gets what is being made here; an upstream
    // that works for it is told to stop, as in nginx.
    if (this.#x === x && x.abort(clientClosed('waiting for the response'))) this.#abandon(x)
  }

  onDrain(): void {
    this.#clients.slots.armWrite(this.slot, NEVER)
    this.#sink?.drained()
  }

  onBroken(code: string): void {
    const x = this.#x
    if (x && this.#mode === 'exchange') {
      const error = clientClosed(`the response was sent (${code})`)
      if (!x.body.complete) x.body.fail(error)
      x.abort(error)
      this.#abandon(x)
    }
    this.close()
  }

  // What the slots tell.

  onDeadline(kind: 'read' | 'write'): void {
    if (kind === 'write') this.#sendDeadline()
    else if (this.#mode === 'exchange') this.#bodyDeadline(this.#x as Exchange)
    else if (this.#mode !== 'head') this.close()
    else if (this.#input.size > 0) this.#refuse(clientTimedOut('its request head was read'))
    else this.#idleDeadline()
  }

  /** As in nginx, closed at once: lingering would hold the slot that somebody waits for. */
  onReclaim(): void {
    this.#endAndClose()
  }

  #sendDeadline(): void {
    const x = this.#x
    if (!x || this.stream.handle.writeQueueSize < this.#queued) {
      this.arm(this.#settings.send_timeout)
      return
    }
    const error = clientTimedOut('the response was sent')
    x.report(error)
    x.abort(error)
    if (this.#settings.reset_timedout_connection) this.stream.reset()
    this.#abandon(x)
  }

  #bodyDeadline(x: Exchange): void {
    const error = clientTimedOut('its request body was read')
    if (this.#settings.reset_timedout_connection) {
      x.report(error)
      x.body.fail(error)
      x.abort(error)
      this.stream.reset()
      this.#abandon(x, error.status)
    } else {
      x.body.fail(error)
    }
  }

  /**
   * Waiting long enough makes a connection reclaimable; waiting too long ends it. A new one that
   * says nothing counts as waiting, but not before it had its moment: in a burst, connections
   * would otherwise close each other before any could be read.
   */
  #idleDeadline(): void {
    const { keepalive_timeout } = this.#settings
    const patience = this.requests === 0 ? this.#headTimeout() : keepalive_timeout.idle
    const left = this.#idleSince + patience - clock.now
    if (left <= 0 || this.#clients.draining) {
      this.#linger()
    } else if (this.#clients.full) {
      // Somebody waits for a slot already.
      this.#endAndClose()
    } else {
      this.#clients.slots.setIdle(this.slot)
      this.#armRead(left)
    }
  }

  // What the request body asks.

  resumeBody(): void {
    if (this.#expectsContinue) {
      this.#expectsContinue = false
      const x = this.#x
      // Not into a response that has begun.
      if (x?.body.received === 0 && !x.head) this.stream.writeText(CONTINUE)
    }
    if (this.#mode === 'exchange') this.#armRead(this.#bodySettings().client_body_timeout)
    this.stream.resume()
  }

  pauseBody(): void {
    this.#disarmRead()
    this.stream.pause()
  }

  #bodySettings(): LocationSettings {
    return this.#x?.location.settings ?? this.#settings
  }

  // What the response asks.

  /** Whether another request can follow this response; what is answered here counts at its end. */
  mayKeepAlive(x: Exchange, framing: Framing): boolean {
    const { settings } = x.location
    this.#settings = settings
    this.#keepAlive &&=
      framing !== 'close' &&
      !this.#clients.draining &&
      // The client waits for a word that will not come now; whether the body comes is its choice.
      !(this.#expectsContinue && x.body.received === 0) &&
      settings.keepalive_timeout.idle > 0 &&
      this.requests < settings.keepalive_requests &&
      clock.now - this.acceptedAt < settings.keepalive_time
    return this.#keepAlive
  }

  endsWithClose(): void {
    this.#keepAlive = false
  }

  /** Output waits for the client: it has this long to take some of it. */
  arm(milliseconds: number): void {
    this.#queued = this.stream.handle.writeQueueSize
    this.#clients.slots.armWrite(this.slot, clock.now + milliseconds)
  }

  /** Output is held back for more to come; it leaves soon in any case. */
  postponed(sink: ClientSink): void {
    this.#clients.postponed.add(sink)
  }

  /** The whole response has left. */
  finished(x: Exchange): void {
    if (this.#x !== x || this.#mode !== 'exchange') return
    this.#clients.slots.armWrite(this.slot, NEVER)
    x.completed = true
    this.#log(x)
    // A client that closed its writing half is answered all the same what it asked before.
    const more = !this.#peerEnded || this.#input.size > 0
    if (this.#keepAlive && !x.body.failed && more) {
      if (x.body.complete) this.#next()
      else this.#awaitRest(x)
      return
    }
    const { lingering_close } = this.#settings
    const unread = !x.body.complete || x.body.failed || this.#input.size > 0 || this.#unreadable
    if (lingering_close === 'always' || (lingering_close === 'on' && unread)) this.#linger()
    else this.#endAndClose()
  }

  /** The response cannot be completed: the client must see that it was cut. */
  cut(x: Exchange, error: GatewayError): void {
    if (this.#x !== x) return
    x.report(error)
    x.abort(error)
    this.#sink?.abandon()
    this.#log(x)
    this.#endAndClose()
  }

  drop(x: Exchange): void {
    if (this.#x === x) this.#abandon(x)
  }

  close(): void {
    if (this.#mode === 'closed') return
    this.#mode = 'closed'
    this.#input.drop()
    this.#clients.counters[this.#counted]--
    this.stream.close()
    this.#clients.left(this)
  }

  /** The worker drains: an idle connection stays a little, in case a request is on its way. */
  drain(): void {
    const idle = this.#mode === 'head' && this.#input.size === 0
    if (!idle || this.requests === 0) return
    const until = this.#idleSince + this.#settings.keepalive_min_timeout
    this.#clients.slots.armRead(this.slot, Math.max(until, clock.now))
  }

  // From one exchange to the next.

  /** Uses up the input: bodies for who reads them, heads for new exchanges, until one must wait. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    while (this.#step()) {
      // Each step served one head or one piece of a body.
    }
    this.#advancing = false
    if (this.#mode !== 'head') return
    if (this.#peerEnded) this.close()
    else if (this.#input.size > 0) this.#awaitHead()
    else this.#awaitRequest()
  }

  #step(): boolean {
    const input = this.#input
    switch (this.#mode) {
      case 'exchange':
      case 'rest':
        return this.#feedBody(this.#x as Exchange)
      case 'head': {
        let head: RequestHead | undefined
        try {
          head = nextHead(input, this.#plan.servers.default.settings)
        } catch (error) {
          this.#refuse(error)
          return false
        }
        if (head) this.#serve(head)
        return head !== undefined
      }
      default:
        return false
    }
  }

  /** Gives the body what belongs to it; whether there may be more to do after that. */
  #feedBody(x: Exchange): boolean {
    const input = this.#input
    if (x.body.complete || input.at === input.to) return false
    input.at = x.body.feed(input.bytes, input.at, input.to)
    if (this.#mode === 'closed' || this.#mode === 'lingering') return false
    if (!x.body.complete) {
      if (this.#mode === 'exchange' && this.stream.reading) {
        this.#armRead(this.#bodySettings().client_body_timeout)
      }
      return false
    }
    this.#disarmRead()
    if (this.#mode === 'rest') this.#next()
    return this.#mode === 'head'
  }

  #serve(head: RequestHead): void {
    const sink = new ClientSink(this)
    let x: Exchange
    try {
      x = makeExchange(head, this, this.#plan.servers, sink)
    } catch (error) {
      head.settle()
      this.#refuse(error, head)
      return
    }
    this.#enter(x, sink)
    this.#keepAlive = wantsKeepAlive(head)
    if (!x.body.complete) {
      this.#expectsContinue = head.version === 11 && head.expect?.toLowerCase() === '100-continue'
      this.#feedBody(x)
      // The rest of the body is read when somebody wants it.
      if (!x.body.complete) this.pauseBody()
    }
    start(x)
    // Answered at once, and nobody who took part looks at it again: its fields were never copied.
    if (this.#x !== x && x.redirects === 0 && x.server.transient && x.location.transient) {
      head.release()
    } else head.settle()
  }

  #enter(x: Exchange, sink: ClientSink): void {
    sink.attach(x)
    this.#x = x
    this.#sink = sink
    this.#mode = 'exchange'
    this.#settings = x.location.settings
    this.#sentBefore = this.stream.sent
    this.requests++
    this.pipelined = !this.#fresh
    this.#fresh = false
    this.#clients.counters.requests++
    this.#count('writing')
    this.#disarmRead()
    this.#clients.slots.setBusy(this.slot)
  }

  /** Answers what never became a request, and closes. */
  #refuse(error: unknown, head?: RequestHead): void {
    const known = error instanceof GatewayError ? error : pluginFailed('kernel', error)
    if (known.code === 'CLIENT_TIMED_OUT' && this.#settings.reset_timedout_connection) {
      this.stream.reset()
      this.close()
      return
    }
    const sink = new ClientSink(this)
    const x = refusedExchange(head, this, this.#plan.servers.default, sink)
    this.#enter(x, sink)
    this.#keepAlive = false
    this.#unreadable = true
    refuse(x, known)
  }

  #log(x: Exchange): void {
    const { sent, unsent } = this.stream
    x.sent = sent - unsent - this.#sentBefore
    // Of a response that is broken off, what never left does not count.
    x.bodySent = Math.max(0, x.bodySent - unsent)
    runLog(x)
    this.#sink = undefined
    this.#x = undefined
  }

  /** Nobody can answer any more. */
  #abandon(x: Exchange, status = CLIENT_CLOSED): void {
    if (this.#x !== x) return
    x.aborted = true
    x.unanswered ||= status
    this.#sink?.abandon()
    if (this.#mode === 'exchange') this.#log(x)
    this.close()
  }

  /** Answered, but its body is still under way: it is dropped as it comes. */
  #awaitRest(x: Exchange): void {
    this.#x = x
    this.#mode = 'rest'
    this.#armRead(this.#settings.lingering_time)
    x.body.discard()
  }

  #next(): void {
    this.#x = undefined
    this.#mode = 'head'
    this.#expectsContinue = false
    if (!this.#peerEnded) this.stream.resume()
    this.#advance()
  }

  /** The time for a head runs from its first byte: a client that drips gains nothing. */
  #awaitHead(): void {
    if (this.#counted === 'reading') return
    this.#count('reading')
    this.#clients.slots.setBusy(this.slot)
    this.#armRead(this.#headTimeout())
  }

  /** Line ends between requests are no sign of life. */
  #awaitRequest(): void {
    if (this.#counted === 'waiting') return
    const { keepalive_timeout, keepalive_min_timeout } = this.#settings
    this.#count('waiting')
    this.#idleSince = clock.now
    this.#armRead(Math.min(keepalive_timeout.idle, keepalive_min_timeout))
  }

  /** Closes the writing half and reads on for a while, so that the client gets all of the answer. */
  #linger(): void {
    if (this.#mode === 'closed' || this.#mode === 'lingering') return
    if (this.#peerEnded) {
      this.#endAndClose()
      return
    }
    this.#mode = 'lingering'
    this.#input.drop()
    this.#lingerUntil = clock.now + this.#settings.lingering_time
    this.stream.end()
    this.#armRead(this.#settings.lingering_timeout)
    this.#clients.slots.setIdle(this.slot)
    this.stream.resume()
  }

  #endAndClose(): void {
    this.stream.end()
    this.close()
  }

  #headTimeout(): number {
    return this.#plan.servers.default.settings.client_header_timeout
  }

  /** Moves the connection from one line of stub-status to another. */
  #count(as: 'reading' | 'writing' | 'waiting'): void {
    this.#countMember(this.#counted, -1)
    this.#countMember(as, 1)
    this.#counted = as
  }

  /** By name and not by key: a keyed store costs more than all of the rest. */
  #countMember(member: 'reading' | 'writing' | 'waiting', by: 1 | -1): void {
    const { counters } = this.#clients
    switch (member) {
      case 'reading':
        counters.reading += by
        break
      case 'writing':
        counters.writing += by
        break
      case 'waiting':
        counters.waiting += by
    }
  }

  #disarmRead(): void {
    this.#clients.slots.armRead(this.slot, NEVER)
  }

  #armRead(milliseconds: number): void {
    this.#clients.slots.armRead(this.slot, clock.now + milliseconds)
  }

  #local(): PeerName {
    const name: PeerName = {}
    if (!this.stream.closed) {
      this.stream.handle.getsockname?.(name)
      return name
    }
    const { address } = this.#plan.listen
    return address.kind === 'tcp' ? { address: address.host, port: address.port } : name
  }
}
