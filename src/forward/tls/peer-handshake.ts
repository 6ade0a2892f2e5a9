import type { Buffer } from 'node:buffer'
import {
  type GatewayError,
  upstreamCertificateWrong,
  upstreamHandshakeFailed,
  upstreamTimedOut,
} from '../../base/errors.ts'
import {
  handshakeFault,
  type TlsError,
  type TlsHandle,
  tlsClient,
} from '../../kernel/socket/tls-handle.ts'
import type { Connector } from '../../kernel/upstream/connecting.ts'
import { describeCode } from '../../kernel/upstream/describe-code.ts'
import type {
  ConnectionUser,
  UpstreamConnection,
} from '../../kernel/upstream/upstream-connection.ts'
import type { PeerTerms } from './peer-terms.ts'

/** Uses a connection that was just made until TLS is agreed on with the peer. */
export class PeerHandshake implements ConnectionUser {
  /** Undefined once it has heard: a connection that is kept outlives the request it was made for. */
  #connector: Connector | undefined
  readonly #connection: UpstreamConnection
  readonly #terms: PeerTerms
  #state: 'begun' | 'agreed' | 'failed' = 'begun'
  /** What came before the peer was found to be the right one. */
  #session: Buffer | undefined = undefined

  constructor(connector: Connector, connection: UpstreamConnection, terms: PeerTerms) {
    this.#connector = connector
    this.#connection = connection
    this.#terms = terms
  }

  /** The patience with the peer ends at `until` (milliseconds since the epoch). */
  begin(until: number): void {
    const connection = this.#connection
    const { name, tls } = this.#terms
    connection.usedBy(this)
    connection.writeBy(until)
    connection.stream.pause()
    const handle = tlsClient(connection.stream.handle, tls.context)
    const told = tls.toldName(name)
    if (told !== undefined) handle.setServername(told)
    if (tls.sessions) {
      const known = tls.sessions.find(connection.peer.name, name)
      if (known) handle.setSession(known)
      handle.onnewsession = (_, session) => this.#keep(session)
      handle.enableSessionCallbacks()
    }
    handle.onhandshakedone = () => this.#done(handle)
    handle.onerror = (error) => this.#broke(error)
    connection.speakThrough(handle)
    handle.start()
  }

  #done(handle: TlsHandle): void {
    if (this.#state !== 'begun') return
    const { name, tls } = this.#terms
    const fault = tls.faultOf(handle, name)
    if (fault !== undefined) {
      this.#fail('error', upstreamCertificateWrong(fault))
      return
    }
    this.#state = 'agreed'
    if (this.#session) this.#keep(this.#session)
    this.#connection.writeBy(Number.POSITIVE_INFINITY)
    const connector = this.#connector
    this.#connector = undefined
    connector?.connected()
  }

  /** Only what was agreed on with the right peer is gone on with. */
  #keep(session: Buffer): void {
    const { name, tls } = this.#terms
    if (this.#state === 'agreed') tls.sessions?.keep(this.#connection.peer.name, name, session)
    else this.#session = session
  }

  #broke(error: TlsError): void {
    if (this.#state === 'agreed') {
      this.#connection.breakOff('EPROTO')
      return
    }
    this.#fail('error', upstreamHandshakeFailed(handshakeFault(error)))
  }

  #fail(failure: 'error' | 'timeout', error: GatewayError): void {
    if (this.#state !== 'begun') return
    this.#state = 'failed'
    const { name, tls } = this.#terms
    // What was agreed earlier may be why.
    tls.sessions?.forget(this.#connection.peer.name, name)
    this.#connector?.failed(failure, error)
  }

  onEnd(): void {
    this.#fail('error', upstreamHandshakeFailed('peer closed connection in SSL handshake'))
  }

  onBroken(code: string): void {
    const fault = `peer closed connection in SSL handshake ${describeCode(code)}`
    this.#fail('error', upstreamHandshakeFailed(fault))
  }

  onDeadline(): void {
    this.#fail('timeout', upstreamTimedOut('SSL handshaking to upstream'))
  }

  // It is connected already, nothing is said before it is agreed how, and who closes it knows.
  onConnected(): void {}
  onConnectFailed(): void {}
  onBytes(): void {}
  onDrain(): void {}
  onClosed(): void {}
}
