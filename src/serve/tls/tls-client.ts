import { Buffer } from 'node:buffer'
import { X509Certificate } from 'node:crypto'
import type { TlsFacts } from '../../kernel/exchange/client.ts'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import type { TlsError, TlsHandle } from '../../kernel/socket/tls-handle.ts'
import { authoritiesBetween } from '../../kernel/tls/chain.ts'
import type { ClientHello } from '../../wire/tls/client-hello.ts'
import { insideOf } from '../../wire/tls/der.ts'

const TOO_LONG: TlsError = Object.assign(new Error('certificate chain too long'), {
  code: 'CERT_CHAIN_TOO_LONG',
})
/** Reasons that `ssl_verify_client optional_no_ca` lets pass (OpenSSL's names of them). */
const UNKNOWN_AUTHORITY: ReadonlySet<string | undefined> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'CERT_UNTRUSTED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/**
 * What was agreed on a connection. All of it is taken over at once: it is still asked for, in a log,
 * when the handle is gone.
 */
export class TlsClient implements TlsFacts {
  /** Which server was asked for while it was agreed. */
  readonly server: ServerPlan
  readonly serverName: string | undefined
  readonly protocol: string
  readonly cipher: string
  readonly ciphers: readonly number[]
  readonly groups: readonly number[]
  readonly alpn: string
  readonly reused: boolean
  /** Of the certificate, in DER. */
  readonly #shown: Uint8Array | undefined
  readonly #fault: TlsError | undefined
  readonly #handle: TlsHandle
  #certificate: X509Certificate | undefined

  /**
   * A client shows a certificate only where it is asked for one: undefined as `depth`, which is how
   * many authorities may stand between it and a trusted one.
   */
  constructor(
    handle: TlsHandle,
    server: ServerPlan,
    hello: ClientHello,
    depth: number | undefined,
  ) {
    this.server = server
    this.serverName = hello.serverName
    this.ciphers = hello.ciphers
    this.groups = hello.groups
    this.protocol = handle.getProtocol() ?? ''
    this.cipher = handle.getCipher()?.name ?? ''
    this.alpn = handle.getALPNNegotiatedProtocol() || ''
    this.reused = handle.isSessionReused()
    this.#handle = handle
    if (depth === undefined) return
    const shown = handle.getPeerCertificate(true)
    this.#shown = shown?.raw
    this.#fault = handle.verifyError() ?? undefined
    if (!this.#fault && shown?.raw && authoritiesBetween(shown) > depth) this.#fault = TOO_LONG
  }

  get sessionId(): string {
    const session = this.#handle.isOver ? undefined : this.#handle.getSession()
    if (!session) return ''
    // OpenSSL's form: versions, cipher, id.
    const [, , , id] = insideOf(Buffer.from(session))
    return id?.content.toString('hex') ?? ''
  }

  get certificate(): X509Certificate | undefined {
    if (this.#shown) this.#certificate ??= new X509Certificate(this.#shown)
    return this.#certificate
  }

  get verified(): string {
    if (!this.#shown) return 'NONE'
    return this.#fault ? `FAILED:${this.#fault.message}` : 'SUCCESS'
  }

  /** Whether its certificate is wrong, whoever has signed it. */
  get isUnacceptable(): boolean {
    return this.#fault !== undefined && !UNKNOWN_AUTHORITY.has(this.#fault.code)
  }
}
