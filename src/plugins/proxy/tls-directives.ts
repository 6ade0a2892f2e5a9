import { flag, number, template, text, tlsFile, tlsVersions } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** How TLS is spoken with peers, where `proxy_pass` says `https://`. */
export const tlsDirectives = {
  proxy_ssl_verify: flag({
    in: scopes,
    default: false,
    doc: 'Whether a peer must show a certificate for its name, from an authority that is trusted.',
  }),
  proxy_ssl_trusted_certificate: file(
    'A file with the authorities that certificates of peers may be from.',
  ),
  proxy_ssl_crl: file('A file with certificates of peers that were taken back.'),
  proxy_ssl_verify_depth: number({
    in: scopes,
    default: 1,
    doc: 'How many authorities may stand between the certificate of a peer and one that is trusted.',
  }),
  proxy_ssl_name: template({
    in: scopes,
    default: undefined,
    usage: 'name',
    doc: 'The name that the certificate of a peer must be for; by default $proxy_host.',
  }),
  proxy_ssl_server_name: flag({
    in: scopes,
    default: false,
    doc: 'Whether the name is told to the peer (SNI), for those that have several certificates.',
  }),
  proxy_ssl_certificate: file('A file with the certificate that peers are shown if they ask.'),
  proxy_ssl_certificate_key: file('The file with the key of the certificate.'),
  proxy_ssl_password_file: file('A file with passphrases of the key, one a line; each is tried.'),
  proxy_ssl_protocols: tlsVersions({
    in: scopes,
    doc: 'The versions of TLS that are spoken with peers, without a gap.',
  }),
  proxy_ssl_ciphers: text({
    in: scopes,
    default: 'DEFAULT',
    doc: 'Ciphers that peers are offered, as OpenSSL writes them; those of TLS 1.3 are not chosen by it.',
  }),
  proxy_ssl_session_reuse: flag({
    in: scopes,
    default: true,
    doc: 'Whether a new connection goes on with what was agreed on an earlier one.',
  }),
} as const

function file(doc: string) {
  return tlsFile({ in: scopes, doc })
}
