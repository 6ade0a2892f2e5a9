import type { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { describeSystemError } from '../../base/system-error.ts'
import type { Directive, Entry, Scope } from '../directive/directive.ts'
import { ConfigError, type Mark } from '../directive/mark.ts'
import { directive } from '../directive/readers.ts'

/** A file that a directive names, as it was when the configuration was read. */
export interface TlsFile {
  readonly path: string
  readonly content: Buffer
  readonly mark: Mark
}

/** The most that a file of certificates or keys may hold, in bytes. */
const MOST_FILE = 4 << 20
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/

/** A file of certificates, keys or passphrases. */
export function tlsFile(options: {
  in: readonly Scope[]
  doc: string
}): Directive<TlsFile | undefined> {
  return directive<TlsFile | undefined>({
    ...options,
    default: undefined,
    usage: 'file',
    min: 1,
    max: 1,
    kind: 'path',
    read: readTlsFile,
  })
}

/** Reads the file that a directive of one word names. */
export function readTlsFile(entry: Entry): TlsFile {
  const [written = ''] = entry.args
  if (written.includes('$')) {
    entry.fail(`"${written}" has variables, which files of TLS cannot have`)
  }
  return loadTlsFile(entry.path(written, 'file'), entry.mark)
}

/** What a file holds now. Throws a `ConfigError` at the mark of the directive that names it. */
export function loadTlsFile(path: string, mark: Mark): TlsFile {
  let content: Buffer
  try {
    content = readFileSync(path)
  } catch (error) {
    throw new ConfigError(mark, `cannot read "${path}" ${describeSystemError(error)}`)
  }
  if (content.length > MOST_FILE) {
    throw new ConfigError(mark, `"${path}" is larger than ${MOST_FILE} bytes`)
  }
  return { path, content, mark }
}

/** What is in a file of authorities. Throws a `ConfigError` where there is none in it. */
export function authoritiesIn({ content, mark, path }: TlsFile): Buffer {
  if (!CERTIFICATE.test(content.toString('latin1'))) {
    throw new ConfigError(mark, `there is no certificate in "${path}"`)
  }
  return content
}
