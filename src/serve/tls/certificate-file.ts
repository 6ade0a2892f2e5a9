import type { Entry } from '../../kernel/directive/directive.ts'
import type { Mark } from '../../kernel/directive/mark.ts'
import { directive, readTime } from '../../kernel/directive/readers.ts'
import { readTlsFile, type TlsFile } from '../../kernel/tls/tls-file.ts'
import type { Template } from '../../kernel/variable/template.ts'
import type { KeptFilesLimits } from './kept-files.ts'

/** What stands before a certificate itself instead of its file. */
const DATA = 'data:'

/** A file that is known when a client is: its name, or its content itself, has variables. */
export interface WrittenFile {
  readonly form: 'path' | 'data'
  readonly name: Template
  readonly mark: Mark
}

export type CertificateFile = TlsFile | WrittenFile

/** A directive for certificates or keys, one for each time it is written. */
export function certificateFiles({ doc }: { readonly doc: string }) {
  return directive<readonly CertificateFile[]>({
    in: ['http', 'server'],
    default: [],
    doc: `${doc} With variables, or variables alone behind \`data:\`, it is looked for with each client.`,
    usage: 'file',
    min: 1,
    max: 1,
    kind: 'path',
    repeat: true,
    read: (entry, before = []) => [...before, readCertificateFile(entry)],
  })
}

function readCertificateFile(entry: Entry): CertificateFile {
  const [written = ''] = entry.args
  const { mark } = entry
  if (written.startsWith(DATA)) {
    return { form: 'data', name: entry.template(written.slice(DATA.length)), mark }
  }
  if (!written.includes('$')) return readTlsFile(entry)
  return { form: 'path', name: entry.template(entry.path(written, 'file')), mark }
}

/** Reads `ssl_certificate_cache`. */
export function readCertificateCache(entry: Entry): KeptFilesLimits | undefined {
  if (entry.args.length === 1 && entry.args[0] === 'off') return undefined
  const limits = { max: 0, inactive: 10_000, valid: 60_000 }
  for (const word of entry.args) {
    const [, name, value = ''] = /^(max|inactive|valid)=(.+)$/.exec(word) ?? []
    if (name === 'max') limits.max = /^\d{1,6}$/.test(value) ? Number(value) : 0
    else if (name === 'inactive' || name === 'valid') limits[name] = readTime(entry, value)
    else entry.fail(`unknown parameter "${word}"`)
  }
  if (limits.max === 0) entry.fail('"max" must be a number above 0', 'write max=100')
  return limits
}
