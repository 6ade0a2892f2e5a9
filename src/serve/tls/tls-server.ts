import { constants, createHash } from 'node:crypto'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { ConfigError, type Mark } from '../../kernel/directive/mark.ts'
import { privateKeyOf } from '../../kernel/tls/private-key.ts'
import { secureContext } from '../../kernel/tls/secure-context.ts'
import { authoritiesIn, type TlsFile } from '../../kernel/tls/tls-file.ts'
import { errorLog } from '../../storage/log/error-log.ts'
import type { TlsSettings } from './directives.ts'
import { ticketKeys } from './ticket-keys.ts'
import { filesOf, withFilesRead } from './tls-files.ts'
import { watchFiles } from './watched-files.ts'

/** Bytes that Node takes of each. */
const SESSION_CONTEXT = 32
const TICKET_KEY = 48

/** How a server speaks TLS. */
export class TlsServer {
  readonly settings: TlsSettings
  readonly #name: string
  readonly #mark: Mark
  #context: SecureContext

  /** `name` tells it from other servers. Throws a `ConfigError` for what does not fit together. */
  constructor(settings: TlsSettings, name: string, mark: Mark) {
    this.settings = settings
    this.#name = name
    this.#mark = mark
    checkPairs(settings, mark)
    this.#context = makeContext(settings, name, mark)
  }

  /** What connections begin with from now on. */
  get context(): SecureContext {
    return this.#context
  }

  /** Takes up files that change, whole or not at all. Returns what ends it. */
  watch(): () => void {
    const paths = filesOf(this.settings).map(({ path }) => path)
    return watchFiles([...new Set(paths)], () => this.#readAgain())
  }

  #readAgain(): void {
    const [first] = this.settings.ssl_certificate
    try {
      this.#context = makeContext(withFilesRead(this.settings), this.#name, this.#mark)
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

function makeContext(settings: TlsSettings, name: string, mark: Mark): SecureContext {
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
    sessionIdContext: createHash('sha256').update(name).digest('hex').slice(0, SESSION_CONTEXT),
    secureOptions: settings.ssl_session_tickets ? 0 : constants.SSL_OP_NO_TICKET,
    ticketKeys:
      settings.ssl_session_ticket_key[0]?.content.subarray(0, TICKET_KEY) ?? ticketKeys(name),
    ...authoritiesOf(settings),
  }
  return secureContext(options, certificates[0]?.mark ?? mark)
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
