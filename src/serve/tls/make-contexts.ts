import { constants, createHash } from 'node:crypto'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { ConfigError, type Mark } from '../../kernel/directive/mark.ts'
import { privateKeyOf } from '../../kernel/tls/private-key.ts'
import { secureContext } from '../../kernel/tls/secure-context.ts'
import { authoritiesIn, type TlsFile } from '../../kernel/tls/tls-file.ts'
import { withCommands } from './conf-command.ts'
import { Contexts } from './contexts.ts'
import type { TlsSettings } from './directives.ts'
import { makeStaple } from './make-staple.ts'
import { type TicketKey, ticketKeysIn } from './ticket-key.ts'
import { ticketKeys } from './ticket-keys.ts'
import type { TlsIdentity } from './tls-identity.ts'

/** Bytes that OpenSSL takes of it. */
const SESSION_CONTEXT = 32

/** A certificate and its key, wherever they are from. */
export interface Pair {
  readonly certificate: TlsFile
  readonly key: TlsFile
}

/** What connections begin with that are shown these. Throws a `ConfigError` for what does not fit. */
export function makeContexts(
  pairs: readonly Pair[],
  settings: TlsSettings,
  identity: TlsIdentity,
): Contexts {
  checkAuthorities(settings, identity.mark)
  const { ssl_session_ticket_key: files, ssl_session_timeout } = settings
  const ours = ticketKeysIn(files)
  const keys = ours.length > 0 ? () => ours : ticketKeys(identity.place, ssl_session_timeout)
  const staple = makeStaple(pairs, settings)
  if (typeof staple === 'string') identity.warn(`"ssl_stapling" ignored, ${staple}`)
  const made = typeof staple === 'string' ? undefined : staple
  return new Contexts(keys, (key) => makeContext(pairs, settings, identity, key), made)
}

function checkAuthorities(settings: TlsSettings, mark: Mark): void {
  const { ssl_client_certificate, ssl_trusted_certificate, ssl_verify_client } = settings
  const checks = ssl_verify_client === 'on' || ssl_verify_client === 'optional'
  if (checks && !ssl_client_certificate && !ssl_trusted_certificate) {
    throw new ConfigError(mark, 'no "ssl_client_certificate" is defined for "ssl_verify_client"')
  }
}

function makeContext(
  pairs: readonly Pair[],
  settings: TlsSettings,
  identity: TlsIdentity,
  key: TicketKey,
): SecureContext {
  const { ssl_protocols: versions } = settings
  const options: SecureContextOptions = {
    cert: pairs.map(({ certificate }) => certificate.content),
    key: pairs.map((pair) => privateKeyOf(pair.certificate, pair.key, settings.ssl_password_file)),
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
  return secureContext(
    withCommands(options, settings.ssl_conf_command),
    pairs[0]?.certificate.mark ?? identity.mark,
  )
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
