import type { Buffer } from 'node:buffer'
import { clock } from '../base/clock.ts'
import type { Client } from '../kernel/exchange/client.ts'
import type { ClientConnection } from '../kernel/listen/client-connection.ts'
import type { Clients } from '../kernel/listen/clients.ts'
import type { ListenPlan } from '../kernel/phase/plan.ts'
import type { LocationSettings } from '../kernel/settings/location.ts'
import type { Handle, PeerName } from '../kernel/socket/binding.ts'
import { Stream } from '../kernel/socket/stream.ts'
import type { StreamUser } from '../kernel/socket/stream-user.ts'
import type { ProxyProtocol } from '../wire/proxy-header.ts'
import { CurrentExchange } from './current-exchange.ts'
import { Deadlines } from './deadlines.ts'
import type { Http2Settings } from './http2/directives.ts'
import { PrefaceReader } from './http2/preface-reader.ts'
import { Session } from './http2/session.ts'
import { ProxyHeaderReader } from './proxy-header-reader.ts'
import { RequestReader } from './request-reader.ts'
import type { Speaking } from './serve-clients.ts'
import { Handshake } from './tls/handshake.ts'
import type { TlsClient } from './tls/tls-client.ts'

/**
 * `handshake`: it is not agreed yet how to speak · `idle`: between two requests · `head`: within the head of one · `exchange`: serving one · `rest`:
 * answered, its body still comes · `over`: lingers, or is closed.
 */
export type Mode = 'handshake' | 'idle' | 'head' | 'exchange' | 'rest' | 'over'

/**
 * One client connection from its first byte to its end. What is sent on it is the `reader`'s, what
 * is answered the `current` exchange's; how long it waits for either the `deadlines` know.
 */
export class Connection implements ClientConnection, StreamUser, Client {
  readonly clients: Clients
  readonly plan: ListenPlan
  readonly speaking: Speaking
  /** Until it is spoken. */
  handshake: Handshake | undefined = undefined
  /** Where HTTP/2 is spoken. */
  http2: Session | undefined = undefined
  /** Another one from where TLS begins. */
  stream: Stream
  readonly deadlines: Deadlines
  readonly reader: RequestReader
  readonly current: CurrentExchange
  readonly serial: number
  readonly address: string
  readonly port: number
  readonly acceptedAt: number
  pipelined = false
  requests = 0
  proxyProtocol: ProxyProtocol | undefined = undefined
  tls: TlsClient | undefined = undefined
  /** Of the location that answered last. */
  settings: LocationSettings
  #state: 'open' | 'lingering' | 'closed' = 'open'

  constructor(
    clients: Clients,
    handle: Handle,
    plan: ListenPlan,
    serial: number,
    speaking: Speaking,
  ) {
    this.speaking = speaking
    this.clients = clients
    this.plan = plan
    this.settings = plan.servers.default.own.settings
    this.serial = serial
    this.acceptedAt = clock.now
    const peer: PeerName = {}
    handle.getpeername?.(peer)
    this.address = peer.address ?? 'unix:'
    this.port = peer.port ?? 0
    this.deadlines = new Deadlines(this)
    this.reader = new RequestReader(this)
    this.current = new CurrentExchange(this)
    this.stream = new Stream(handle, this)
  }

  get secure(): boolean {
    return this.tls !== undefined
  }

  get slot(): number {
    return this.deadlines.slot
  }

  /** Starts reading; the connection has its slot. */
  open(): void {
    if (this.settings.tcp_nodelay) this.stream.handle.setNoDelay?.(true)
    const { http2, tls } = this.speaking
    if (tls) this.handshake = new Handshake(this, tls)
    const plain = http2.get(this.plan.servers.default)
    const inner = this.handshake ?? (plain ? new PrefaceReader(this, plain) : this)
    this.stream.user = this.plan.listen.proxyProtocol ? new ProxyHeaderReader(this, inner) : inner
    if (!this.handshake) this.deadlines.awaitRequest()
    this.stream.resume()
  }

  /** From the next bytes on. */
  speakHttp2(settings: Http2Settings): void {
    this.http2 = new Session(this, settings)
    this.stream.user = this.http2
    this.http2.open()
  }

  get mode(): Mode {
    if (!this.serves) return 'over'
    if (this.handshake) return 'handshake'
    if (this.http2) return this.http2.mode
    if (this.current.x) return 'exchange'
    const { at } = this.reader
    if (at === 'body') return 'rest'
    return at === 'head' ? 'head' : 'idle'
  }

  /** Whether requests are served: until it lingers or is closed. */
  get serves(): boolean {
    return this.#state === 'open'
  }

  /** Whether it has had its time, or its requests. */
  isUsedUp(settings: LocationSettings): boolean {
    return (
      settings.keepalive_timeout.idle === 0 ||
      this.requests >= settings.keepalive_requests ||
      clock.now - this.acceptedAt >= settings.keepalive_time
    )
  }

  get localAddress(): string {
    return this.#local().address ?? 'unix:'
  }

  get localPort(): number {
    return this.#local().port ?? 0
  }

  // What the stream tells.

  onBytes(memory: Buffer, size: number): void {
    if (this.#state === 'lingering') this.deadlines.lingerOn()
    else this.reader.take(memory, size)
  }

  onEnd(): void {
    this.reader.ended = true
    if (this.mode === 'exchange') this.current.clientEnded()
    else this.close()
  }

  onDrain(): void {
    this.deadlines.taken()
    this.current.drained()
  }

  onBroken(code: string): void {
    if (this.mode === 'exchange') this.current.broken(code)
    this.close()
  }

  // How it ends.

  /** The worker drains: an idle connection goes soon. */
  drain(): void {
    this.http2?.leave()
    if (this.mode === 'idle' && this.requests > 0) this.deadlines.drain()
  }

  /** It was idle for long enough. */
  expire(): void {
    if (this.http2) this.http2.expire()
    else this.linger()
  }

  /** The worker leaves and waits no longer. */
  giveUp(): void {
    this.http2?.giveUp()
    this.current.giveUp()
    this.close()
  }

  /** No request follows the one that was answered (`lingering_close`). */
  leave(): void {
    const { lingering_close } = this.settings
    const lingers =
      lingering_close === 'always' || (lingering_close === 'on' && this.reader.leavesUnread)
    if (lingers) this.linger()
    else this.close()
  }

  /** Closes the writing half and reads on for a while, so that the client gets all of the answer. */
  linger(): void {
    if (this.#state !== 'open') return
    if (this.reader.ended) {
      this.close()
      return
    }
    this.#state = 'lingering'
    this.stream.user = this
    this.reader.drop()
    this.stream.end()
    this.deadlines.linger()
    this.stream.resume()
  }

  /** Now; what the system has taken already leaves all the same. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.reader.drop()
    this.deadlines.end()
    this.stream.close()
    this.clients.left(this)
  }

  #local(): PeerName {
    const name: PeerName = {}
    if (!this.stream.closed) {
      this.stream.handle.getsockname?.(name)
      return name
    }
    const { address } = this.plan.listen
    return address.kind === 'tcp' ? { address: address.host, port: address.port } : name
  }
}
