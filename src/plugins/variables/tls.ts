import { Buffer } from 'node:buffer'
import type { X509Certificate } from 'node:crypto'
import type { Exchange, TlsFacts, Variable } from 'gateway/plugin'
import { cipherNames, groupNames } from './tls-names.ts'

const DAY = 86_400_000

/** What was agreed over TLS: nginx's `ngx_http_ssl_module`. All are empty without it. */
export const tlsVariables: Readonly<Record<string, Variable>> = {
  ssl_protocol: agreed('The version of TLS: `TLSv1.3`.', (tls) => tls.protocol),
  ssl_cipher: agreed('The cipher.', (tls) => tls.cipher),
  ssl_ciphers: agreed('Ciphers that the client has offered, with colons between them.', (tls) =>
    cipherNames(tls.ciphers),
  ),
  ssl_curves: agreed('Groups that the client has offered, with colons between them.', (tls) =>
    groupNames(tls.groups),
  ),
  ssl_server_name: agreed('The name that the client has asked for (SNI).', (tls) => tls.serverName),
  ssl_alpn_protocol: agreed('The protocol that was chosen (ALPN).', (tls) => tls.alpn),
  ssl_session_reused: agreed('"r" where an earlier session goes on, else ".".', (tls) =>
    tls.reused ? 'r' : '.',
  ),
  ssl_session_id: agreed('The id of the session, in hexadecimal.', (tls) => tls.sessionId),
  ssl_early_data: agreed('Empty: early data is never taken.', () => ''),
  ssl_client_verify: agreed(
    '"SUCCESS", "FAILED:reason", or "NONE" where the client has shown no certificate.',
    (tls) => tls.verified,
  ),
  ssl_client_s_dn: shown('Whose certificate it is (RFC 2253).', ({ subject }) => nameOf(subject)),
  ssl_client_i_dn: shown('Who has issued it (RFC 2253).', ({ issuer }) => nameOf(issuer)),
  ssl_client_s_dn_legacy: shown('Whose certificate it is, with slashes.', ({ subject }) =>
    legacyNameOf(subject),
  ),
  ssl_client_i_dn_legacy: shown('Who has issued it, with slashes.', ({ issuer }) =>
    legacyNameOf(issuer),
  ),
  ssl_client_serial: shown('Its serial number, in hexadecimal.', (it) => it.serialNumber),
  ssl_client_fingerprint: shown('Its SHA-1 fingerprint.', ({ fingerprint }) =>
    fingerprint.replaceAll(':', '').toLowerCase(),
  ),
  ssl_client_v_start: shown('Since when it is valid.', ({ validFrom }) => validFrom),
  ssl_client_v_end: shown('Until when it is valid.', ({ validTo }) => validTo),
  ssl_client_v_remain: shown('For how many days it is still valid.', ({ validTo }) =>
    String(Math.max(0, Math.floor((Date.parse(validTo) - Date.now()) / DAY))),
  ),
  ssl_client_raw_cert: shown('The certificate, as PEM.', (it) => `${pemOf(it)}\n`),
  ssl_client_cert: shown('The same, with a tab before each line but the first.', (it) =>
    pemOf(it).replaceAll('\n', '\n\t'),
  ),
  ssl_client_escaped_cert: shown('The same, escaped as a part of a URI.', (it) =>
    encodeURIComponent(`${pemOf(it)}\n`),
  ),
}

function agreed(doc: string, get: (tls: TlsFacts) => string | undefined): Variable {
  return { doc, get: ({ client }: Exchange) => client.tls && get(client.tls) }
}

function shown(doc: string, get: (certificate: X509Certificate) => string): Variable {
  const value = ({ client }: Exchange) => client.tls?.certificate && get(client.tls.certificate)
  return { doc: `Of the client’s certificate: ${doc}`, get: value }
}

function pemOf(certificate: X509Certificate): string {
  return certificate.toString().trim()
}

/** Node has a line for each part, escaped but for what is not ASCII, and the last one first. */
function nameOf(lines: string): string {
  return lines
    .split('\n')
    .reverse()
    .map((line) => hexed(line, '\\'))
    .join(',')
}

/** As OpenSSL once wrote names: without escapes but for what is no printable ASCII. */
function legacyNameOf(lines: string): string {
  return lines
    .split('\n')
    .map((line) => `/${hexed(line.replace(/\\(.)/g, '$1'), '\\x')}`)
    .join('')
}

/** With each byte of what is not ASCII in hexadecimal, behind a prefix. */
function hexed(text: string, prefix: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (each) => {
    return Array.from(
      Buffer.from(each),
      (byte) => `${prefix}${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('')
  })
}
