import { constants, createHash } from 'node:crypto'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { ConfigError, type Mark } from '../../kernel/directive/mark.ts'
import { privateKeyOf } from '../../kernel/tls/private-key.ts'
import { secureContext } from '../../kernel/tls/secure-context.ts'
import { authoritiesIn, type TlsFile } from '../../kernel/tls/tls-file.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import { Contexts } from './contexts.ts'
import type { TlsSettings } from './directives.ts'
import { type TicketKey, ticketKeysIn } from './ticket-key.ts'
import { ticketKeys } from './ticket-keys.ts'
import { filesOf, withFilesRead } from './tls-files.ts'
import { watchFiles } from './watched-files.ts'

/** Bytes that OpenSSL takes of it. */
const SESSION_CONTEXT = 32

/** Who a server is, among others. */
export interface TlsIdentity {
  /** What it is called: its first name. */
  readonly title: string
  /** Where it stands, which no other one of the configuration does. */
  readonly place: string
  readonly mark: Mark
}

/** How a server speaks TLS. */
export class TlsServer {
  readonly settings: TlsSettings
  readonly #identity: TlsIdentity
  #contexts: Contexts

  /** Throws a `ConfigError` for what does not fit together. */
  constructor(settings: TlsSettings, identity: TlsIdentity) {
    this.settings = settings
    this.#identity = identity
    checkPairs(settings, identity.mark)
    this.#contexts = makeContexts(settings, identity)
  }

  /** What a connection begins with whose client wants to go on with a ticket; empty for none. */
  contextFor(ticket: Uint8Array): SecureContext {
    return this.#contexts.for(ticket)
  }

  /** Takes up files that change, whole or not at all. Returns what ends it. */
  watch(): () => void {
    const paths = filesOf(this.settings).map(({ path }) => path)
    return watchFiles([...new Set(paths)], () => this.#readAgain())
  }

  #readAgain(): void {
    const [first] = this.settings.ssl_certificate
    try {
      this.#contexts = makeContexts(withFilesRead(this.settings), this.#identity)
      errorLog.write('notice', `files of TLS have changed and count: "${first?.path}"`)
    } catch (error) {
      const text = 'files of TLS have changed, but those of before go on to count'
      errorLog.write('error', `${text}: ${messageOf(error)}`)
    }
  }

  /** Whether clients are asked for a certificate. */
  get asksClients(): boolean {
    return this.settings.ssl_verify_client !== 'off'
  }
}

function checkPairs(
  {
    ssl_certificate,
    ssl_certificate_key,
    ssl_client_certificate,
    ssl_trusted_certificate,
    ssl_verify_client,
  }: TlsSettings,
  mark: Mark,
): void {
  const [first] = ssl_certificate
  if (ssl_certificate_key.length < ssl_certificate.length) {
    const { path, mark: where } = ssl_certificate[ssl_certificate_key.length] as TlsFile
    throw new ConfigError(where, `no "ssl_certificate_key" is defined for certificate "${path}"`)
  }
  if (ssl_certificate_key.length > ssl_certificate.length) {
    const { path, mark: where } = ssl_certificate_key[ssl_certificate.length] as TlsFile
    throw new ConfigError(where, `no "ssl_certificate" is defined for key "${path}"`)
  }
  const checks = ssl_verify_client === 'on' || ssl_verify_client === 'optional'
  if (checks && !ssl_client_certificate && !ssl_trusted_certificate) {
    throw new ConfigError(
      first?.mark ?? mark,
      'no "ssl_client_certificate" is defined for "ssl_verify_client"',
    )
  }
}

function makeContexts(settings: TlsSettings, identity: TlsIdentity): Contexts {
  const { ssl_session_ticket_key: files, ssl_session_timeout } = settings
  const ours = ticketKeysIn(files)
  const keys = ours.length > 0 ? () => ours : ticketKeys(identity.place, ssl_session_timeout)
  return new Contexts(keys, (key) => makeContext(settings, identity, key))
}

function makeContext(settings: TlsSettings, identity: TlsIdentity, key: TicketKey): SecureContext {
  const { ssl_certificate: certificates, ssl_certificate_key: keys } = settings
  const { ssl_protocols: versions } = settings
  const options: SecureContextOptions = {
    cert: certificates.map(({ content }) => content),
    key: keys.map((key, i) =>
      privateKeyOf(certificates[i] as TlsFile, key, settings.ssl_password_file),
    ),
    minVersion: versions[0],
    maxVersion: versions.at(-1),
    ciphers: settings.ssl_ciphers,
    honorCipherOrder: settings.ssl_prefer_server_ciphers,
    ecdhCurve: settings.ssl_ecdh_curve,
    dhparam: settings.ssl_dhparam?.content ?? 'auto',
    sessionTimeout: Math.max(1, Math.round(settings.ssl_session_timeout / 1000)),
    sessionIdContext: sessionContextOf(settings, identity),
    secureOptions: settings.ssl_session_tickets ? 0 : constants.SSL_OP_NO_TICKET,
    ticketKeys: key,
    ...authoritiesOf(settings),
  }
  return secureContext(options, certificates[0]?.mark ?? identity.mark)
}

/**
 * Whose sessions a server takes. Those that verify clients differently do not take each other's; with
 * keys of their own, the same server of several gateways does, wherever its configuration stands.
 */
function sessionContextOf(settings: TlsSettings, { place, title }: TlsIdentity): string {
  const { ssl_client_certificate, ssl_crl, ssl_trusted_certificate, ssl_verify_client } = settings
  const isShared = settings.ssl_session_ticket_key.length > 0
  const checks = [ssl_client_certificate, ssl_trusted_certificate, ssl_crl].map((file) => {
    return file?.content.toString('base64')
  })
  const whose = isShared ? [title, ssl_verify_client, ...checks] : [place]
  return createHash('sha256').update(JSON.stringify(whose)).digest('hex').slice(0, SESSION_CONTEXT)
}

/** Who may have signed the certificates of clients, and which of them do not count any more. */
function authoritiesOf(settings: TlsSettings): Pick<SecureContextOptions, 'ca' | 'crl'> {
  const { ssl_client_certificate, ssl_crl, ssl_trusted_certificate } = settings
  const files = [ssl_client_certificate, ssl_trusted_certificate].filter(
    (each) => each !== undefined,
  )
  return {
    // None at all, and not those that Node brings.
    ca: files.map(authoritiesIn),
    ...(ssl_crl && { crl: ssl_crl.content }),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
