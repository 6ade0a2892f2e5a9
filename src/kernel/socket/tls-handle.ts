/**
 * TLS over a handle, by OpenSSL, without `tls.TLSSocket` around it: Node's internals again. What
 * comes of it is a handle like any other. `docs/decisions/0020-tls-handles.md` has the figures.
 */
import { randomBytes } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import { type Handle, internal, newShutdownRequest, type PeerName } from './binding.ts'

/** What is wrong with a connection, as OpenSSL tells: `ERR_SSL_WRONG_VERSION_NUMBER`. */
export interface TlsError extends Error {
  readonly code?: string
}

/** A certificate as the other side has shown it. */
export interface ShownCertificate {
  readonly raw?: Buffer
  /** Who signed it, in detail; itself, where it has signed itself. */
  readonly issuerCertificate?: ShownCertificate
}

/** A handle that speaks TLS over another one. */
export interface TlsHandle extends Handle {
  /** The handle below. */
  below: Handle
  copies: boolean
  /** Whether it was closed: nothing may be asked any more. */
  isOver: boolean
  onhandshakestart: (this: TlsHandle) => void
  onhandshakedone: (this: TlsHandle) => void
  /** The connection cannot go on; it is for the owner to close it. */
  onerror: (this: TlsHandle, error: TlsError) => void
  /** After `enableSessionCallbacks`: the hello was seen; `loadSession`, and then `endParser`. */
  onclienthello: (this: TlsHandle) => void
  /**
   * A session that may be gone on with. A server says `newSessionDone` when it is kept; at a client,
   * more than one may come, also long after.
   */
  onnewsession: (this: TlsHandle, id: Uint8Array, session: Buffer) => void
  enableSessionCallbacks(): void
  loadSession(session: Uint8Array): void
  endParser(): void
  newSessionDone(): void
  /** A client's, before it starts: goes on with what was agreed earlier. */
  setSession(session: Uint8Array): void
  /** A client's, before it starts: the name that is asked for (SNI). */
  setServername(name: string): void
  /** A client's: says hello. To be called once. */
  start(): void
  /** Takes bytes as if they had been read just now. */
  receive(bytes: Uint8Array): void
  /** Names of protocols, each behind its length (RFC 7301, section 3.1). */
  setALPNProtocols(names: Uint8Array): void
  setVerifyMode(asks: boolean, refuses: boolean): void
  /** A server's, before it starts: what clients who ask are told of its certificate (RFC 6066, 8). */
  setOCSPResponse(response: Uint8Array): void
  setMaxSendFragment(bytes: number): number
  getProtocol(): string | null
  getCipher(): { readonly name: string } | undefined
  getALPNNegotiatedProtocol(): string | false
  isSessionReused(): boolean
  getSession(): Uint8Array | undefined
  /** The other side's; an object without members where it has shown none. */
  getPeerCertificate(detailed: boolean): ShownCertificate | undefined
  /** Why its certificate is not trusted, if so. */
  verifyError(): TlsError | null | undefined
  destroySSL(): void
}

/** Keys for tickets, each of 48 bytes: 16 of a name, of a key for HMAC, and of one for AES. */
export interface TicketSeals {
  /** What new ones are sealed with. */
  sealing(): Buffer
  /** What has sealed the one that begins with this name. */
  opening(name: Buffer): Buffer | undefined
}

/** What a `SecureContext` of Node's has inside. */
interface NativeContext {
  enableTicketKeyCallback(): void
  onticketkeycallback?: (name: Buffer, vector: Buffer, seals: boolean) => readonly unknown[]
}

interface TlsBinding {
  wrap(handle: Handle, context: unknown, isServer: boolean, isBusy: boolean): TlsHandle
}

const { wrap } = internal<TlsBinding>('tls_wrap')

/**
 * The server's side of TLS over a handle that reads nothing at the moment. The handshake begins
 * with what is received.
 */
export function tlsServer(below: Handle, { context }: SecureContext): TlsHandle {
  return complete(wrap(below, context, true, false), below)
}

/**
 * The client's side of TLS over a connected handle that reads nothing at the moment. The handshake
 * begins with `start`, and whoever it is with is believed: `verifyError` tells.
 */
export function tlsClient(below: Handle, { context }: SecureContext): TlsHandle {
  return complete(wrap(below, context, false, false), below)
}

/** Has a context ask which keys count; a ticket that another key than the sealing one opens is renewed. */
export function sealTickets(context: SecureContext, seals: TicketSeals): SecureContext {
  const native = context.context as NativeContext
  native.onticketkeycallback = (name, _, isNew) => {
    const newest = seals.sealing()
    if (isNew) {
      return [TICKET_GOOD, ...halvesOf(newest), newest.subarray(0, 16), randomBytes(16)]
    }
    const key = seals.opening(name)
    // Both keys have to be there, whatever the verdict.
    if (!key) return [TICKET_UNKNOWN, ...halvesOf(newest)]
    return [key === newest ? TICKET_GOOD : TICKET_RENEWED, ...halvesOf(key)]
  }
  native.enableTicketKeyCallback()
  return context
}

/** What OpenSSL is told of a ticket (SSL_CTX_set_tlsext_ticket_key_cb). */
const TICKET_UNKNOWN = 0
const TICKET_GOOD = 1
const TICKET_RENEWED = 2

function halvesOf(key: Buffer): readonly [Buffer, Buffer] {
  return [key.subarray(16, 32), key.subarray(32, 48)]
}

function complete(handle: TlsHandle, below: Handle): TlsHandle {
  handle.below = below
  handle.copies = true
  handle.isOver = false
  handle.onhandshakestart = nothing
  handle.close = close
  handle.reset = reset
  handle.setNoDelay = setNoDelay
  handle.getpeername = getpeername
  handle.getsockname = getsockname
  return handle
}

/** Why a handshake has failed, as nginx tells. */
export function handshakeFault({ message }: TlsError): string {
  return `SSL_do_handshake() failed (${message.trim().replace(/[\r\n]+/g, ' ')})`
}

function nothing(): void {}

/**
 * Tells the other side that this is the end (`close_notify`), for one that is not told must take it for
 * a cut. Writes that are under way refer to the TLS state: it goes last.
 */
function close(this: TlsHandle, done?: () => void): void {
  if (!this.isOver) this.shutdown(newShutdownRequest())
  this.isOver = true
  this.below.close(() => {
    this.destroySSL()
    done?.()
  })
}

function reset(this: TlsHandle, done?: () => void): number {
  this.isOver = true
  const finish = () => {
    this.destroySSL()
    done?.()
  }
  return this.below.reset?.(finish) ?? -1
}

function setNoDelay(this: TlsHandle, on: boolean): number {
  return this.below.setNoDelay?.(on) ?? 0
}

function getpeername(this: TlsHandle, out: PeerName): number {
  return this.below.getpeername?.(out) ?? -1
}

function getsockname(this: TlsHandle, out: PeerName): number {
  return this.below.getsockname?.(out) ?? -1
}
