import { constants } from 'node:crypto'
import type { SecureContextOptions, SecureVersion } from 'node:tls'
import type { Entry } from '../../kernel/directive/directive.ts'

/** What `ssl_conf_command` changes of what a server is set up with. */
export interface ConfCommands {
  readonly ciphersuites?: string
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  readonly sigalgs?: string
  /** Bits that are set, and bits that are not. */
  readonly set: number
  readonly cleared: number
}

const NO_COMMANDS: ConfCommands = { set: 0, cleared: 0 }

const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
/** Words of `Options` (SSL_CONF_cmd) whose bits Node knows. */
const OPTIONS: Readonly<Record<string, number>> = {
  prioritizechacha: constants.SSL_OP_PRIORITIZE_CHACHA,
  serverpreference: constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  encryptthenmac: -constants.SSL_OP_NO_ENCRYPT_THEN_MAC,
  sessionticket: -constants.SSL_OP_NO_TICKET,
}
const NAMES = 'Ciphersuites, MinProtocol, MaxProtocol, SignatureAlgorithms, Options'

/** Reads one command; names are as OpenSSL has them, in any case. */
export function readConfCommand(entry: Entry, before: ConfCommands = NO_COMMANDS): ConfCommands {
  const [name = '', value = ''] = entry.args
  switch (name.toLowerCase()) {
    case 'ciphersuites':
      if (/^TLS_\w+(?::TLS_\w+)*$/.test(value)) return { ...before, ciphersuites: value }
      return entry.fail(`"${value}" are no ciphers of TLS 1.3`)
    case 'minprotocol':
      return { ...before, minVersion: readVersion(entry, value) }
    case 'maxprotocol':
      return { ...before, maxVersion: readVersion(entry, value) }
    case 'signaturealgorithms':
      return { ...before, sigalgs: value }
    case 'options':
      return value.split(',').reduce((made, word) => withOption(entry, made, word), before)
    default:
      return entry.fail(`Node has no way to do the command "${name}"`, `there are ${NAMES}`)
  }
}

/** Puts what they change into options. */
export function withCommands(
  options: SecureContextOptions,
  commands: ConfCommands = NO_COMMANDS,
): SecureContextOptions {
  const { ciphersuites, cleared, maxVersion, minVersion, set, sigalgs } = commands
  return {
    ...options,
    // Node tells those of TLS 1.3 from others by their names.
    ...(ciphersuites && { ciphers: `${ciphersuites}:${options.ciphers}` }),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(sigalgs && { sigalgs }),
    secureOptions: ((options.secureOptions ?? 0) | set) & ~cleared,
  }
}

function readVersion(entry: Entry, value: string): SecureVersion {
  const version = VERSIONS.find((each) => each === value)
  return version ?? entry.fail(`"${value}" is no version; there are ${VERSIONS.join(', ')}`)
}

/** A word sets what it names, and clears it behind a minus; the bits of some are the other way round. */
function withOption(entry: Entry, before: ConfCommands, written: string): ConfCommands {
  const [, sign, word = ''] = /^([+-]?)(\w+)$/.exec(written.trim()) ?? []
  const bits = OPTIONS[word.toLowerCase()]
  if (bits === undefined) return entry.fail(`Node does not know the option "${written}"`)
  const isSet = (sign === '-') !== bits > 0
  const bit = Math.abs(bits)
  return isSet
    ? { ...before, set: before.set | bit, cleared: before.cleared & ~bit }
    : { ...before, set: before.set & ~bit, cleared: before.cleared | bit }
}
