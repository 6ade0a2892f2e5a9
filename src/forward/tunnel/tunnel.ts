import type { Buffer } from 'node:buffer'
import { clock } from '../../base/clock.ts'
import {
  clientClosed,
  type GatewayError,
  upstreamBroke,
  upstreamTimedOut,
} from '../../base/errors.ts'
import type { ClientEnd } from '../../kernel/exchange/client-end.ts'
import type { StreamUser } from '../../kernel/socket/stream-user.ts'
import { describeCode } from '../../kernel/upstream/describe-code.ts'
import type {
  ConnectionUser,
  UpstreamConnection,
} from '../../kernel/upstream/upstream-connection.ts'
import { Flow } from './flow.ts'

const DOING = 'proxying upgraded connection'

/** How long a tunnel is waited for, in milliseconds. */
export interface TunnelTimes {
  /** The longest silence, of both sides together (`proxy_read_timeout`). */
  readonly silence: number
  /** The longest time the peer may take nothing (`proxy_send_timeout`). */
  readonly peer: number
  /** The longest time the client may take nothing (`send_timeout`). */
  readonly client: number
}

/**
 * A client's and a peer's connection that carry bytes to each other since the peer has said 101.
 * Who closes its writing half is still sent what the other side says; the tunnel is over when both
 * have, when one of the connections breaks, or when somebody's patience ends.
 */
export class Tunnel implements ConnectionUser {
  /** To the peer, and to the client. */
  readonly up: Flow
  readonly down: Flow
  readonly #client: ClientEnd
  readonly #peer: UpstreamConnection
  readonly #times: TunnelTimes
  /** Told once, when nothing moves any more. */
  readonly #onOver: (error: GatewayError | undefined) => void
  #error: GatewayError | undefined = undefined
  #over = false

  constructor(
    client: ClientEnd,
    peer: UpstreamConnection,
    times: TunnelTimes,
    onOver: (error: GatewayError | undefined) => void,
  ) {
    this.#client = client
    this.#peer = peer
    this.#times = times
    this.#onOver = onOver
    this.up = new Flow(client.stream, peer.stream)
    this.down = new Flow(peer.stream, client.stream)
  }

  /** `early`: what the peer has sent behind its 101, in lent memory. */
  open(early: Buffer): void {
    const client = this.#client
    client.stream.user = new ClientSide(this, client)
    this.#peer.usedBy(this)
    if (early.length > 0) this.down.take(early, early.length)
    const sent = client.takeEarly()
    if (sent) this.up.take(sent, sent.length)
    if (client.ended) this.up.end()
    else if (!this.up.blocked) client.stream.resume()
    this.moved()
  }

  /** Something has moved: patience begins anew. */
  moved(): void {
    if (this.#over) return
    if (this.up.over && this.down.over) {
      this.stop(this.#error)
      return
    }
    const times = this.#times
    const { blocked } = this.down
    if (blocked) this.#client.arm(times.client)
    const peer = this.#peer
    // One that broke has no deadlines any more.
    if (peer.stream.closed) return
    // While the client has to take something, it is not the peer that is waited for.
    peer.readBy(blocked ? Number.POSITIVE_INFINITY : clock.now + times.silence)
    if (this.up.blocked) peer.writeBy(clock.now + times.peer)
  }

  /** It ends now, whatever still waits. */
  stop(error: GatewayError | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#onOver(error)
    this.up.close()
    this.down.close()
  }

  /** The client's connection broke: the peer still gets what waits for it. */
  clientBroke(code: string): void {
    this.#error = clientClosed(`${DOING} (${code})`)
    this.down.drop()
    this.up.end()
    this.moved()
  }

  // What the peer does.

  onBytes(memory: Buffer, size: number): void {
    this.down.take(memory, size)
    this.moved()
  }

  onEnd(): void {
    this.down.end()
    this.moved()
  }

  onDrain(): void {
    this.#peer.writeBy(Number.POSITIVE_INFINITY)
    this.up.drained()
    this.moved()
  }

  onBroken(code: string): void {
    this.#error = upstreamBroke(describeCode(code), DOING)
    this.up.drop()
    this.down.end()
    this.moved()
  }

  onDeadline(): void {
    this.stop(upstreamTimedOut(DOING))
  }

  onConnected(): void {}
  onConnectFailed(): void {}
  onClosed(): void {
    this.stop(undefined)
  }
}

/** What the client does. */
class ClientSide implements StreamUser {
  readonly #tunnel: Tunnel
  readonly #client: ClientEnd

  constructor(tunnel: Tunnel, client: ClientEnd) {
    this.#tunnel = tunnel
    this.#client = client
  }

  onBytes(memory: Buffer, size: number): void {
    this.#tunnel.up.take(memory, size)
    this.#tunnel.moved()
  }

  onEnd(): void {
    this.#tunnel.up.end()
    this.#tunnel.moved()
  }

  onDrain(): void {
    this.#client.taken()
    this.#tunnel.down.drained()
    this.#tunnel.moved()
  }

  onBroken(code: string): void {
    this.#tunnel.clientBroke(code)
  }
}
