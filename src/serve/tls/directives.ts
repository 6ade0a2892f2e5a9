import type { ConfigOf, Entry } from '../../kernel/directive/directive.ts'
import {
  directive,
  flag,
  number,
  oneOf,
  readSize,
  size,
  text,
  time,
} from '../../kernel/directive/readers.ts'
import { readTlsFile, type TlsFile, tlsFile } from '../../kernel/tls/tls-file.ts'
import { tlsVersions } from '../../kernel/tls/tls-versions.ts'
import type { SharedZone, ZoneKind } from '../../storage/zone/shared-zone.ts'
import { certificateFiles, readCertificateCache } from './certificate-file.ts'
import { type ConfCommands, readConfCommand } from './conf-command.ts'
import type { KeptFilesLimits } from './kept-files.ts'
import { ticketKeysIn } from './ticket-key.ts'

const scopes = ['http', 'server'] as const

/** Those of TLS 1.2 with a key of their own for each connection, and authenticated encryption. */
const DEFAULT_CIPHERS = 'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL'
/** A session takes about so many bytes. */
const SESSIONS: ZoneKind = { use: 'ssl', keeps: 'records', overhead: 2048 }

/** What OpenSSL keeps in a process where `builtin` names no number, and what a session needs. */
const BUILTIN_SESSIONS = 20_480
const BUILTIN_SESSION = 2048
const BUILTIN_LEAST = 65_536

/** nginx's `ngx_http_ssl_module`. */
export const tlsDirectives = {
  ssl_certificate: certificateFiles({
    doc: 'A file with the certificate of the server, and behind it those of its authorities. Given again, with another kind of key.',
  }),
  ssl_certificate_key: certificateFiles({
    doc: 'The file with the key of the certificate, in their order.',
  }),
  ssl_certificate_cache: directive<KeptFilesLimits | undefined>({
    in: scopes,
    default: undefined,
    doc: 'How many files are kept that have variables in their names: until they were not asked for during `inactive` (10 s), or for as long as `valid` (60 s).',
    usage: 'off | max=number [inactive=time] [valid=time]',
    min: 1,
    max: 3,
    kind: 'params',
    words: ['off', 'max', 'inactive', 'valid'],
    read: readCertificateCache,
  }),
  ssl_password_file: tlsFile({
    in: scopes,
    doc: 'A file with passphrases of keys, one a line; each is tried.',
  }),
  ssl_protocols: tlsVersions({
    in: scopes,
    doc: 'The versions of TLS that are spoken, without a gap.',
  }),
  ssl_ciphers: text({
    in: scopes,
    default: DEFAULT_CIPHERS,
    doc: 'Ciphers that are offered, as OpenSSL writes them; those of TLS 1.3 are not chosen by it.',
  }),
  ssl_prefer_server_ciphers: flag({
    in: scopes,
    default: false,
    doc: 'Whether the order of the server counts, and not that of the client.',
  }),
  ssl_ecdh_curve: text({
    in: scopes,
    default: 'auto',
    doc: 'Groups for the exchange of keys, with colons between them.',
  }),
  ssl_dhparam: tlsFile({ in: scopes, doc: 'A file with parameters for DHE ciphers.' }),
  ssl_session_timeout: time({
    in: scopes,
    default: 300_000,
    doc: 'How long a client may go on with what was agreed on an earlier connection.',
  }),
  ssl_session_cache: directive<SharedZone | undefined>({
    in: scopes,
    default: undefined,
    doc: 'A zone of all workers for the sessions of clients that keep no tickets, or are given none.',
    usage: 'off | none | [builtin[:size]] [shared:name:size]',
    min: 1,
    max: 2,
    read: readSessionCache,
  }),
  ssl_session_tickets: flag({
    in: scopes,
    default: true,
    doc: 'Whether what was agreed is left with the client, sealed. All workers can open it.',
  }),
  ssl_session_ticket_key: files({
    doc: 'A file of 80 or 48 random bytes that seals tickets, for several gateways to share. Given again, one that has sealed them earlier: they are taken, and replaced.',
    check: ticketKeysIn,
  }),
  ssl_client_certificate: tlsFile({
    in: scopes,
    doc: 'A file with the authorities whose certificates clients may show.',
  }),
  ssl_trusted_certificate: tlsFile({
    in: scopes,
    doc: 'More authorities that certificates of clients may be from.',
  }),
  ssl_verify_depth: number({
    in: scopes,
    default: 1,
    most: 100,
    doc: 'How many authorities may stand between the certificate of a client and a trusted one.',
  }),
  ssl_conf_command: directive<ConfCommands | undefined>({
    in: scopes,
    default: undefined,
    doc: 'A command of OpenSSL: `Ciphersuites`, `MinProtocol`, `MaxProtocol`, `SignatureAlgorithms`, or `Options`, which counts before other directives.',
    usage: 'name value',
    min: 2,
    max: 2,
    repeat: true,
    read: readConfCommand,
  }),
  ssl_early_data: directive<false>({
    in: scopes,
    default: false,
    doc: 'Only `off`: Node takes no early data.',
    usage: 'off',
    min: 1,
    max: 1,
    kind: 'enum',
    words: ['off'],
    read: (entry) =>
      entry.args[0] === 'off'
        ? false
        : entry.fail('"on" is refused: Node takes no early data of TLS 1.3'),
  }),
  ssl_engine: directive<undefined>({
    in: ['main'],
    default: undefined,
    doc: 'Refused: Node uses no devices for TLS here.',
    usage: 'device',
    min: 1,
    max: 1,
    read: (entry) => entry.fail('refused: Node hands no keys of TLS to an engine of OpenSSL'),
  }),
  ssl_crl: tlsFile({
    in: scopes,
    doc: 'A file with certificates of clients that were taken back.',
  }),
  ssl_verify_client: oneOf(['on', 'off', 'optional', 'optional_no_ca'], {
    in: scopes,
    default: 'off',
    doc: 'Whether clients are asked for a certificate; `on` answers those without with 400.',
  }),
  ssl_stapling: flag({
    in: scopes,
    default: false,
    doc: 'Whether clients are told that the certificate was not taken back. The responder that it names is asked (OCSP) by each worker, and again each hour; its issuer stands behind it or in `ssl_trusted_certificate`.',
  }),
  ssl_stapling_file: tlsFile({
    in: scopes,
    doc: 'A file with the answer of a responder, in DER, which is told instead.',
  }),
  ssl_stapling_responder: directive<string | undefined>({
    in: scopes,
    default: undefined,
    doc: 'The responder to ask instead of the one in the certificate.',
    usage: 'http://host[:port]/path',
    min: 1,
    max: 1,
    read: readResponder,
  }),
  ssl_stapling_verify: flag({
    in: scopes,
    default: false,
    doc: 'Without effect: answers are always verified to be signed by the issuer, or by whom it lets answer.',
  }),
  ssl_buffer_size: size({
    in: scopes,
    default: 16_384,
    doc: 'The most that one record takes, in bytes: less is sooner there, more costs less.',
  }),
  ssl_reject_handshake: flag({
    in: scopes,
    default: false,
    doc: 'Whether connections for these names are refused before anything is said.',
  }),
  ssl_handshake_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest time that a client may take until it is agreed how to speak.',
  }),
}

/** The directives of a server. */
export type TlsSettings = ConfigOf<typeof tlsDirectives>

interface FilesOptions {
  readonly doc: string
  /** Throws a `ConfigError` for what cannot be. */
  readonly check?: (files: readonly TlsFile[]) => void
}

/** One file, and more where it is written again. */
function files({ check, doc }: FilesOptions) {
  return directive<readonly TlsFile[]>({
    in: scopes,
    default: [],
    doc,
    usage: 'file',
    min: 1,
    max: 1,
    kind: 'path',
    repeat: true,
    read: (entry, before = []) => {
      const read = [...before, readTlsFile(entry)]
      check?.(read)
      return read
    },
  })
}

function readResponder(entry: Entry): string {
  const [url = ''] = entry.args
  if (url.startsWith('http://') && URL.canParse(url)) return url
  return entry.fail(`"${url}" is no URL with http://`)
}

function readSessionCache(entry: Entry): SharedZone | undefined {
  const [first = ''] = entry.args
  if (entry.args.length === 1 && (first === 'off' || first === 'none')) return undefined
  const zones = entry.args.map((word) => sessionZone(entry, word))
  // As in nginx, of both caches the shared one is asked by all workers.
  return zones[entry.args.findIndex((word) => word.startsWith('shared:'))] ?? zones[0]
}

function sessionZone(entry: Entry, word: string): SharedZone {
  const builtin = /^builtin(?::(\d{1,7}))?$/.exec(word)
  if (builtin) {
    const sessions = Math.max(1, Number(builtin[1] ?? BUILTIN_SESSIONS))
    // No name that a configuration can write; each size is a zone.
    return entry.zone(`builtin:${sessions}`, SESSIONS, BUILTIN_LEAST + sessions * BUILTIN_SESSION)
  }
  const [, name, size] = /^shared:([^:]+):(\w+)$/.exec(word) ?? []
  if (name === undefined || size === undefined) {
    return entry.fail(`"${word}" is no cache`, 'write off, none or shared:name:10m')
  }
  return entry.zone(name, SESSIONS, readSize(entry, size))
}
