import { createHash, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { SecureContext, SecureVersion } from 'node:tls'
import type { Mark } from '../../kernel/directive/mark.ts'
import type { TlsHandle } from '../../kernel/socket/tls-handle.ts'
import { authoritiesBetween } from '../../kernel/tls/chain.ts'
import { privateKeyOf } from '../../kernel/tls/private-key.ts'
import { secureContext } from '../../kernel/tls/secure-context.ts'
import { authoritiesIn, type TlsFile } from '../../kernel/tls/tls-file.ts'
import { Sessions } from './sessions.ts'

/** How a place speaks TLS with peers, as its directives say. */
export interface PeerTlsSettings {
  readonly versions: readonly SecureVersion[]
  readonly ciphers: string
  /** What is shown to peers that ask for it. */
  readonly certificate: TlsFile | undefined
  readonly key: TlsFile | undefined
  readonly passwords: TlsFile | undefined
  /** Whose certificates are believed: the public authorities are those that Node brings. */
  readonly trusted: TlsFile | 'public' | undefined
  readonly crl: TlsFile | undefined
  /** How many authorities may stand between a peer and a trusted one; undefined believes everybody. */
  readonly verifyDepth: number | undefined
  /** Whether a peer is told the name that it is expected to have (SNI). */
  readonly tellsName: boolean
  readonly reusesSessions: boolean
}

/** What OpenSSL takes for a name (RFC 6066, section 3). */
const LONGEST_NAME = 255

/** What settings come to while their files stay as they are, and the sessions that may go on. */
export class PeerContext {
  readonly settings: PeerTlsSettings
  /** Where it was written. */
  readonly mark: Mark
  /** The same for what is alike in all, the content of files included. */
  readonly identity: string
  readonly context: SecureContext
  readonly sessions: Sessions | undefined

  /** Throws a `ConfigError` for what does not fit together. */
  constructor(settings: PeerTlsSettings, mark: Mark) {
    this.settings = settings
    this.mark = mark
    this.identity = identityOf(settings)
    this.context = makeContext(settings, mark)
    this.sessions = settings.reusesSessions ? new Sessions() : undefined
  }

  /** The name that a peer is told; undefined for none. Addresses are no names (RFC 6066, section 3). */
  toldName(name: string): string | undefined {
    const isTold = this.settings.tellsName && isName(name) && isIP(name) === 0
    return isTold ? name : undefined
  }

  /** What is wrong with the certificate of a peer, in nginx's words. */
  faultOf(handle: TlsHandle, name: string): string | undefined {
    const { verifyDepth } = this.settings
    if (verifyDepth === undefined) return undefined
    const error = handle.verifyError()
    if (error) return `verify error: (${error.message})`
    // One that goes on is of a peer that had this very name when it began; nothing is shown again.
    if (handle.isSessionReused()) return undefined
    const shown = handle.getPeerCertificate(true)
    if (!shown?.raw) return 'verify error: (there is none)'
    if (authoritiesBetween(shown) > verifyDepth) {
      return 'verify error: (certificate chain too long)'
    }
    return isFor(name, shown.raw) ? undefined : `does not match "${name}"`
  }
}

/** Whether a certificate, which may be anything, is for a name. */
function isFor(name: string, raw: Uint8Array): boolean {
  try {
    return isName(name) && new X509Certificate(raw).checkHost(name) !== undefined
  } catch {
    return false
  }
}

function isName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[\x21-\x7e]+$/.test(name)
}

function makeContext(settings: PeerTlsSettings, mark: Mark): SecureContext {
  const { certificate, ciphers, crl, key, passwords, trusted, versions } = settings
  const pair =
    certificate && key
      ? { cert: certificate.content, key: privateKeyOf(certificate, key, passwords) }
      : {}
  return secureContext(
    {
      ...pair,
      minVersion: versions[0],
      maxVersion: versions.at(-1),
      ciphers,
      // None at all where none is named; those that Node brings only where they are wanted.
      ...(trusted !== 'public' && { ca: trusted ? [authoritiesIn(trusted)] : [] }),
      ...(crl && { crl: crl.content }),
    },
    mark,
  )
}

function identityOf(settings: PeerTlsSettings): string {
  const shown = JSON.stringify(settings, (_, value) => value ?? null)
  return createHash('sha256').update(shown).digest('base64')
}
