import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, as PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/** What is to be certified. */
export interface Request {
  /** `/O=Shop/CN=localhost` */
  readonly subject: string
  /** Names a server has; none for a client. */
  readonly names?: readonly string[]
  readonly kind?: 'ec' | 'rsa'
  /** Who signs; itself, unless given. */
  readonly by?: Pair
  /** Days it is valid; of a negative number it has expired. */
  readonly days?: number
  /** Whether it may sign others. */
  readonly authority?: boolean
  /** Lines of OpenSSL's extensions besides. */
  readonly extensions?: readonly string[]
  /** Encrypts the key. */
  readonly passphrase?: string
}

/** Makes a certificate with the openssl command. */
export function certificate(request: Request): Pair {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-certificate-'))
  const file = (name: string) => join(folder, name)
  try {
    const { authority, by, days = 30, kind = 'ec', names = [], passphrase, subject } = request
    const algorithm = kind === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['rsa:2048']
    const secret = passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`]
    openssl(
      'req',
      '-new',
      '-newkey',
      ...algorithm,
      ...secret,
      '-utf8',
      '-subj',
      subject,
      '-keyout',
      file('key'),
      '-out',
      file('request'),
    )
    const extensions = [
      `basicConstraints=CA:${authority ? 'TRUE' : 'FALSE'}`,
      ...(names.length > 0
        ? [`subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`]
        : []),
      ...(request.extensions ?? []),
    ]
    writeFileSync(file('extensions'), extensions.join('\n'))
    if (by) {
      writeFileSync(file('ca'), by.cert)
      writeFileSync(file('ca-key'), by.key)
    }
    const signer = by
      ? ['-CA', file('ca'), '-CAkey', file('ca-key'), '-CAcreateserial']
      : [
          '-signkey',
          file('key'),
          ...(passphrase === undefined ? [] : ['-passin', `pass:${passphrase}`]),
        ]
    openssl(
      'x509',
      '-req',
      '-in',
      file('request'),
      '-extfile',
      file('extensions'),
      '-days',
      String(days),
      ...signer,
      '-out',
      file('cert'),
    )
    return { cert: readFileSync(file('cert'), 'utf8'), key: readFileSync(file('key'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function openssl(...args: string[]): void {
  const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (error)
    throw new Error(`the openssl command is not there: apt-get install openssl (${error.message})`)
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`)
}
