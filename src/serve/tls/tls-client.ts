import { X509Certificate } from 'node:crypto'
import type { TlsFacts } from '../../kernel/exchange/client.ts'
import type { ServerPlan } from '../../kernel/phase/plan.ts'
import type { TlsHandle } from '../../kernel/socket/tls-handle.ts'
import type { ClientHello } from '../../wire/tls/client-hello.ts'

/** Reasons that `ssl_verify_client optional_no_ca` lets pass (OpenSSL's names of them). */
const UNKNOWN_AUTHORITY: ReadonlySet<string | undefined> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'CERT_UNTRUSTED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What was agreed on a connection, looked up where somebody asks for it. */
export class TlsClient implements TlsFacts {
  /** Which server was asked for while it was agreed. */
  readonly server: ServerPlan
  readonly hello: ClientHello
  readonly #handle: TlsHandle
  #certificate: X509Certificate | 'none' | undefined

  constructor(handle: TlsHandle, server: ServerPlan, hello: ClientHello) {
    this.#handle = handle
    this.server = server
    this.hello = hello
  }

  get serverName(): string | undefined {
    return this.hello.serverName
  }

  get protocol(): string {
    return this.#handle.getProtocol() ?? ''
  }

  get cipher(): string {
    return this.#handle.getCipher()?.name ?? ''
  }

  get ciphers(): readonly number[] {
    return this.hello.ciphers
  }

  get groups(): readonly number[] {
    return this.hello.groups
  }

  get alpn(): string {
    return this.#handle.getALPNNegotiatedProtocol() || ''
  }

  get reused(): boolean {
    return this.#handle.isSessionReused()
  }

  get certificate(): X509Certificate | undefined {
    this.#certificate ??= this.#shown() ?? 'none'
    return this.#certificate === 'none' ? undefined : this.#certificate
  }

  get verified(): string {
    if (!this.certificate) return 'NONE'
    const error = this.#handle.verifyError()
    return error ? `FAILED:${error.message}` : 'SUCCESS'
  }

  /** Whether its certificate is wrong, whoever has signed it. */
  get isUnacceptable(): boolean {
    const error = this.#handle.verifyError()
    return error !== null && error !== undefined && !UNKNOWN_AUTHORITY.has(error.code)
  }

  #shown(): X509Certificate | undefined {
    const raw = this.#handle.getPeerCertificate(true)?.raw
    return raw && new X509Certificate(raw)
  }
}
