import {
  type ConfigOf,
  type Exchange,
  PeerTls,
  type Place,
  type Template,
  type TlsTerms,
} from 'gateway/plugin'
import { destination, type ProxyPass } from './proxy-pass.ts'
import type { tlsDirectives } from './tls-directives.ts'

type TlsConfig = ConfigOf<typeof tlsDirectives>

/** How TLS is spoken with the peers of a place. */
export function peerTls(config: TlsConfig, place: Place): PeerTls {
  checkTogether(config, place)
  return new PeerTls(
    {
      versions: config.proxy_ssl_protocols,
      ciphers: config.proxy_ssl_ciphers,
      certificate: config.proxy_ssl_certificate,
      key: config.proxy_ssl_certificate_key,
      passwords: config.proxy_ssl_password_file,
      trusted: config.proxy_ssl_trusted_certificate,
      crl: config.proxy_ssl_crl,
      verifyDepth: config.proxy_ssl_verify ? config.proxy_ssl_verify_depth : undefined,
      tellsName: config.proxy_ssl_server_name,
      reusesSessions: config.proxy_ssl_session_reuse,
    },
    place.markOf('proxy_ssl_ciphers') ?? place.markOf('proxy_pass') ?? place.mark,
  )
}

/** The terms for each request: the name that its peer is expected to have is here. */
export function tlsTerms(
  tls: PeerTls,
  name: Template | undefined,
  pass: ProxyPass,
): (x: Exchange) => TlsTerms {
  const fixed = name ? name.constant : pass.kind === 'fixed' ? pass.to.host : undefined
  if (fixed !== undefined) return () => tls.terms(fixed)
  return (x) => tls.terms(name ? name.render(x) : (destination(x, pass)?.host ?? ''))
}

function checkTogether(config: TlsConfig, place: Place): void {
  const { proxy_ssl_certificate: certificate, proxy_ssl_certificate_key: key } = config
  if (certificate && !key) {
    place.fail(
      `no "proxy_ssl_certificate_key" is defined for certificate "${certificate.path}"`,
      certificate.mark,
    )
  }
  if (config.proxy_ssl_verify && !config.proxy_ssl_trusted_certificate) {
    place.fail(
      'no proxy_ssl_trusted_certificate for proxy_ssl_verify',
      place.markOf('proxy_ssl_verify'),
    )
  }
}
