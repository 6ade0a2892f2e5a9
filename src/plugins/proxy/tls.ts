import { type ConfigOf, type Exchange, PeerTls, type Place, type TlsTerms } from 'gateway/plugin'
import { destination, type ProxyPass } from './proxy-pass.ts'
import type { tlsDirectives } from './tls-directives.ts'

type TlsConfig = ConfigOf<typeof tlsDirectives>

/** On which terms TLS is spoken with the peers of a place. */
export function tlsTerms(
  config: TlsConfig,
  pass: ProxyPass,
  place: Place,
): (x: Exchange) => TlsTerms {
  checkTogether(config, place)
  const { proxy_ssl_name: name } = config
  const tls = new PeerTls(
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
  const fixed = name ? name.constant : pass.kind === 'fixed' ? pass.to.host : undefined
  if (fixed !== undefined) {
    const terms = tls.terms(fixed)
    return () => terms
  }
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
