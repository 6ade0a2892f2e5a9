import type { Buffer } from 'node:buffer'
import { tick } from '../../base/clock.ts'
import { type Handle, newPipeSocket, newTcpSocket } from '../socket/binding.ts'
import type { SlotOwner, Slots } from '../socket/slots.ts'
import { Stream } from '../socket/stream.ts'
import type { StreamUser } from '../socket/stream-user.ts'
import { bind, startConnect } from './dial.ts'
import type { KeepalivePool } from './keepalive-pool.ts'
import type { LocalAddress } from './local-address.ts'
import type { Peer, PeerAddress } from './peer.ts'
import type { TlsTerms } from './tls-terms.ts'

/** Who talks over an upstream connection at the moment. */
export interface ConnectionUser extends StreamUser {
  /** The connection is there. Only the user that opened it hears of this. */
  onConnected(): void
  /** It could not be made; `errno` is negative. The connection is closed already. */
  onConnectFailed(errno: number, call: 'bind' | 'connect'): void
  /** A deadline set with `readBy` or `writeBy` has passed. */
  onDeadline(kind: 'read' | 'write'): void
  /** The connection was closed on this side, by whoever gave up. */
  onClosed(): void
}

/** How a connection to a peer is made. */
export interface Route {
  readonly peer: Peer
  readonly address: PeerAddress
  readonly local: LocalAddress | undefined
  /** Whether the system probes the connection while it is silent (SO_KEEPALIVE). */
  readonly probed: boolean
  /** How TLS is spoken with the peer; undefined where it is not. */
  readonly tls: TlsTerms | undefined
}

/** After so many seconds of silence the system probes a connection: what Linux itself says. */
const PROBE_AFTER = 7200
/** A connection to a peer: it occupies a slot, carries one request at a time, and may be kept. */
export class UpstreamConnection implements StreamUser, SlotOwner {
  readonly peer: Peer
  readonly local: LocalAddress | undefined
  readonly tls: TlsTerms | undefined
  /** Another one once TLS is spoken. */
  stream: Stream
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  /** Requests asked over it so far. */
  requests = 0
  // Neighbours in the keepalive pool.
  older: UpstreamConnection | undefined = undefined
  newer: UpstreamConnection | undefined = undefined
  readonly #slots: Slots
  readonly #pool: KeepalivePool
  readonly #slot: number
  /** Undefined while it is idle in the pool. */
  #user: ConnectionUser | undefined
  #idle = false

  /** Opens a connection; `user` is told how it went. Undefined when no slot is free. */
  static open(
    route: Route,
    slots: Slots,
    pool: KeepalivePool,
    user: ConnectionUser,
    now: number,
  ): UpstreamConnection | undefined {
    const connection = new UpstreamConnection(route, slots, pool, user, now)
    if (connection.#slot >= 0) {
      connection.#connect(route)
      return connection
    }
    connection.stream.close()
    return undefined
  }

  private constructor(
    { peer, address, local, tls }: Route,
    slots: Slots,
    pool: KeepalivePool,
    user: ConnectionUser,
    now: number,
  ) {
    this.peer = peer
    this.local = local
    this.tls = tls
    this.openedAt = now
    this.#slots = slots
    this.#pool = pool
    this.#user = user
    const handle = address.kind === 'tcp' ? newTcpSocket() : newPipeSocket()
    this.stream = this.#streamOver(handle)
    this.#slot = slots.take(this)
  }

  #connect({ address, local, probed }: Route): void {
    const { handle } = this.stream
    const unbound = local ? bind(handle, local, address) : 0
    if (unbound < 0) {
      setImmediate(() => this.#failed(unbound, 'bind'))
      return
    }
    const failed = startConnect(handle, address, (status) => {
      tick()
      if (this.stream.closed) return
      if (status < 0) {
        this.#failed(status)
        return
      }
      this.#slots.armWrite(this.#slot, Number.POSITIVE_INFINITY)
      handle.setNoDelay?.(true)
      if (probed) handle.setKeepAlive?.(true, PROBE_AFTER)
      this.stream.resume()
      this.#user?.onConnected()
    })
    // Told from the event loop like any other failure, so that nobody is called while opening.
    if (failed < 0) setImmediate(() => this.#failed(failed))
  }

  #failed(errno: number, call: 'bind' | 'connect' = 'connect'): void {
    if (this.stream.closed) return
    const user = this.#user
    this.stream.close()
    this.#left()
    user?.onConnectFailed(errno, call)
  }

  #streamOver(handle: Handle): Stream {
    const stream = new Stream(handle, this)
    stream.readsOut = true
    return stream
  }

  /** What is said from here on goes through a handle over the one so far. */
  speakThrough(handle: Handle): void {
    this.stream = this.#streamOver(handle)
    this.stream.resume()
  }

  /** It cannot go on, for a reason that no stream tells. */
  breakOff(code: string): void {
    if (this.stream.closed) return
    this.stream.close()
    this.onBroken(code)
  }

  /** Hands the connection to whoever talks over it from now on. */
  usedBy(user: ConnectionUser): void {
    this.#user = user
    if (!this.#idle) return
    this.#idle = false
    this.#pool.remove(this)
    this.#slots.setBusy(this.#slot)
  }

  /** Gives it to the pool, where it stays for at most `timeout` milliseconds. */
  keep(timeout: number, now: number): void {
    this.#user = undefined
    this.#idle = true
    this.#slots.armWrite(this.#slot, Number.POSITIVE_INFINITY)
    this.#slots.armRead(this.#slot, now + timeout)
    this.#slots.setIdle(this.#slot)
    // A slow client may have left it paused: unread, neither its end nor the next answer is seen.
    this.stream.resume()
    this.#pool.put(this)
  }

  /**
   * Whether an end that was just reported was really a reset: libuv tells both alike when they
   * come right behind bytes, but a socket that was reset has no peer any more.
   */
  get wasReset(): boolean {
    return (this.stream.handle.getpeername?.({}) ?? 0) !== 0
  }

  /** At `at` (milliseconds since the epoch) the user's patience ends; Infinity disarms. */
  readBy(at: number): void {
    this.#slots.armRead(this.#slot, at)
  }

  writeBy(at: number): void {
    this.#slots.armWrite(this.#slot, at)
  }

  close(): void {
    if (this.stream.closed) return
    const user = this.#user
    this.stream.close()
    this.#left()
    user?.onClosed()
  }

  /** Gives back what the connection held; its stream is closed. */
  #left(): void {
    if (this.#idle) this.#pool.remove(this)
    this.#idle = false
    this.#user = undefined
    this.#slots.give(this.#slot)
  }

  onBytes(memory: Buffer, size: number): void {
    // Nobody asked: whatever an idle peer has to say must not reach the next request.
    if (this.#user) this.#user.onBytes(memory, size)
    else this.close()
  }

  onEnd(): void {
    if (this.#user) this.#user.onEnd()
    else this.close()
  }

  onDrain(): void {
    this.#user?.onDrain()
  }

  onBroken(code: string): void {
    const user = this.#user
    this.#left()
    user?.onBroken(code)
  }

  onDeadline(kind: 'read' | 'write'): void {
    if (this.#user) this.#user.onDeadline(kind)
    else this.close()
  }

  onReclaim(): void {
    this.close()
  }
}
