import { X509Certificate } from 'node:crypto'
import type { TlsFile } from '../../kernel/tls/tls-file.ts'
import type { TlsSettings } from './directives.ts'
import type { Pair } from './make-contexts.ts'
import { AskedStaple, givenStaple, type Staple } from './staple.ts'

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** What is told of certificates, as `ssl_stapling` says; a text is why nothing is. */
export function makeStaple(
  pairs: readonly Pair[],
  settings: TlsSettings,
): Staple | string | undefined {
  const { ssl_stapling, ssl_stapling_file, ssl_stapling_responder, ssl_trusted_certificate } =
    settings
  const [pair, ...others] = pairs
  if (!ssl_stapling || !pair) return undefined
  if (others.length > 0) {
    return 'it needs one certificate, since Node does not tell which of several was chosen'
  }
  if (ssl_stapling_file) return givenStaple(ssl_stapling_file.content)
  const [certificate, ...above] = certificatesIn(pair.certificate)
  if (!certificate) return 'there is no certificate'
  const trusted = ssl_trusted_certificate ? certificatesIn(ssl_trusted_certificate) : []
  const issuer = [...above, ...trusted].find((each) => certificate.checkIssued(each))
  if (!issuer) return 'issuer certificate not found'
  const url = ssl_stapling_responder ?? responderOf(certificate)
  if (url === undefined) return 'no OCSP responder URL in the certificate'
  if (!/^http:\/\//.test(url)) return `the OCSP responder "${url}" is not asked over http://`
  return new AskedStaple(certificate, issuer, url)
}

function certificatesIn({ content }: TlsFile): X509Certificate[] {
  const texts = content.toString('latin1').match(CERTIFICATES) ?? []
  return texts.map((text) => new X509Certificate(text))
}

function responderOf({ infoAccess }: X509Certificate): string | undefined {
  return /^OCSP - URI:(\S+)$/m.exec(infoAccess ?? '')?.[1]
}
