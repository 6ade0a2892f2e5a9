import { Buffer } from 'node:buffer'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import { Stream } from '../../kernel/socket/stream.ts'
import type { StreamUser } from '../../kernel/socket/stream-user.ts'
import { handshakeFault, type TlsError, tlsServer } from '../../kernel/socket/tls-handle.ts'
import { type ClientHello, parseClientHello } from '../../wire/tls/client-hello.ts'
import type { Connection } from '../connection.ts'
import { logConnection } from '../log-connection.ts'
import type { NoCertificate } from './certificate-choice.ts'
import type { Contexts } from './contexts.ts'
import { useCache } from './session-cache.ts'
import { TlsClient } from './tls-client.ts'
import type { TlsServer } from './tls-server.ts'
import type { TlsServers } from './tls-servers.ts'

/** Fatal alerts `internal_error` and `unrecognized_name` (RFC 5246, 7.2; RFC 6066, section 3; RFC 8446, section 6.2). */
const INTERNAL_ERROR = Uint8Array.of(21, 3, 3, 0, 2, 2, 80)
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 3, 0, 2, 2, 112)
/** What is spoken inside, each behind its length. */
const HTTP1 = Buffer.from('\x08http/1.1', 'latin1')
const HTTP2 = Buffer.from('\x02h2\x08http/1.1', 'latin1')

/**
 * Uses the stream of a connection until client and server have agreed how to speak. The first thing
 * a client says is read here and not by OpenSSL, for it decides which server's rules count.
 */
export class Handshake implements StreamUser {
  readonly #connection: Connection
  readonly #servers: TlsServers
  /** The beginning of a hello that is not complete. */
  #partial: Buffer | undefined = undefined

  constructor(connection: Connection, servers: TlsServers) {
    this.#connection = connection
    this.#servers = servers
    connection.deadlines.awaitHandshake(servers.patience)
  }

  /** The client has taken too long. */
  timedOut(): void {
    this.#fail('client timed out (110: Connection timed out)')
  }

  onBytes(memory: Buffer, size: number): void {
    const read = memory.subarray(0, size)
    const bytes = this.#partial ? Buffer.concat([this.#partial, read]) : read
    const hello = parseClientHello(bytes, bytes.length)
    if (hello === undefined) this.#partial = Buffer.from(bytes)
    else if (hello === 'plain') this.#speakPlainly(bytes)
    else if (hello === 'garbage') this.#fail('no ClientHello')
    else this.#begin(hello, bytes)
  }

  onEnd(): void {
    this.#fail('client closed connection')
  }

  onDrain(): void {}

  onBroken(code: string): void {
    this.#connection.onBroken(code)
  }

  /** The request is answered, with 400: it tells the client what is wrong (nginx's 497). */
  #speakPlainly(bytes: Buffer): void {
    const connection = this.#connection
    this.#over()
    connection.onBytes(bytes, bytes.length)
  }

  #begin(hello: ClientHello, bytes: Buffer): void {
    const connection = this.#connection
    const plan = this.#servers.find(hello.serverName?.toLowerCase() ?? '')
    const server = this.#servers.of(plan)
    if (!server) {
      this.#refuse(UNRECOGNIZED_NAME, 'client asked for a name that is rejected')
      return
    }
    connection.stream.pause()
    const contexts = server.contextsFor(connection, hello)
    if (!(contexts instanceof Promise)) this.#shake(hello, bytes, plan, server, contexts)
    else {
      // The bytes are lent.
      const kept = Buffer.from(bytes)
      contexts
        .then((found) => this.#shake(hello, kept, plan, server, found))
        .catch((error: unknown) => this.#fail(String(error)))
    }
  }

  #shake(
    hello: ClientHello,
    bytes: Buffer,
    plan: ServerPlan,
    server: TlsServer,
    contexts: Contexts | NoCertificate,
  ): void {
    const connection = this.#connection
    const { stream } = connection
    if (!connection.serves) return
    if (contexts === 'unknown') {
      this.#refuse(UNRECOGNIZED_NAME, 'no certificate for the name that the client asked for')
      return
    }
    if (contexts === 'failed') {
      this.#refuse(INTERNAL_ERROR, 'no certificate could be used')
      return
    }
    const handle = tlsServer(stream.handle, contexts.for(hello.ticket))
    const staple = contexts.staple?.response()
    if (staple) handle.setOCSPResponse(staple)
    handle.setMaxSendFragment(Math.min(server.settings.ssl_buffer_size, MOST_FRAGMENT))
    handle.setALPNProtocols(connection.speaking.http2.has(plan) ? HTTP2 : HTTP1)
    // What is wrong with a certificate is said in an answer.
    if (server.asksClients) handle.setVerifyMode(true, false)
    const { ssl_session_cache: cache, ssl_session_tickets, ssl_session_timeout } = server.settings
    if (cache && !(ssl_session_tickets && hello.keepsTickets)) {
      useCache(handle, hello, cache, ssl_session_timeout)
    }
    handle.onhandshakedone = () =>
      this.#done(new TlsClient(handle, plan, hello, server.verifiedDepth))
    handle.onerror = (error) => this.#broke(error)
    connection.stream = new Stream(handle, this)
    connection.stream.resume()
    handle.receive(Buffer.from(bytes))
  }

  #done(client: TlsClient): void {
    const connection = this.#connection
    if (!connection.serves) return
    connection.tls = client
    this.#over()
    const http2 = connection.speaking.http2.get(client.server)
    if (http2 && client.alpn === 'h2') connection.speakHttp2(http2)
  }

  /** What follows is the connection's. */
  #over(): void {
    const connection = this.#connection
    connection.handshake = undefined
    connection.stream.user = connection
    connection.deadlines.awaitRequest()
  }

  #broke(error: TlsError): void {
    const connection = this.#connection
    if (connection.tls) connection.onBroken(error.code ?? 'EPROTO')
    else this.#fail(handshakeFault(error))
  }

  #refuse(alert: Uint8Array, fault: string): void {
    this.#connection.stream.write(alert)
    this.#fail(fault)
  }

  #fail(fault: string): void {
    const connection = this.#connection
    if (!connection.serves) return
    logConnection(connection, `${fault} while SSL handshaking`)
    connection.close()
  }
}

/** The most that OpenSSL puts into a record. */
const MOST_FRAGMENT = 16_384
