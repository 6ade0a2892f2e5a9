import { hostname } from 'node:os'
import { byteString } from '../../base/byte-string.ts'
import type { Entry } from '../directive/directive.ts'
import { directive } from '../directive/readers.ts'

/** One name of a server. Texts are in lower case. */
export type ServerName =
  /** `www.example.com`, or `` for requests without a Host. */
  | { readonly kind: 'exact'; readonly source: string; readonly text: string }
  /** `*.example.com`: `text` is `.example.com`. */
  | { readonly kind: 'suffix'; readonly source: string; readonly text: string }
  /** `.example.com`: the name itself and everything below it. */
  | { readonly kind: 'domain'; readonly source: string; readonly text: string }
  /** `www.*`: `text` is `www.`. */
  | { readonly kind: 'prefix'; readonly source: string; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly regex: RegExp }

/** Where no server_name is written, a server is the one for requests without a Host. */
const NAMELESS: readonly ServerName[] = [{ kind: 'exact', source: '', text: '' }]

export const serverName = directive<readonly ServerName[]>({
  in: ['server'],
  default: NAMELESS,
  doc: 'The names of a server: exact, with a wildcard at one end, or a regular expression after ~.',
  usage: 'name ...',
  min: 1,
  max: 4096,
  repeat: true,
  inherits: 'never',
  read: (entry, before = []) => [...before, ...entry.args.map((name) => readName(entry, name))],
})

function readName(entry: Entry, written: string): ServerName {
  if (written.startsWith('~')) {
    if (written === '~') return entry.fail('empty regex in server name "~"')
    // Hosts are in lower case by the time they are matched.
    return { kind: 'regex', source: written, regex: entry.regex(written.slice(1), 'i') }
  }
  const name = written === '$hostname' ? hostname() : written
  if (name.includes('/')) entry.warn(`server name "${name}" has suspicious symbols`)
  const source = byteString(name).toLowerCase()
  if (source.startsWith('*.') && isPlain(source.slice(2))) {
    return { kind: 'suffix', source, text: source.slice(1) }
  }
  if (source.startsWith('.') && isPlain(source.slice(1))) {
    return { kind: 'domain', source, text: source }
  }
  if (source.endsWith('.*') && isPlain(source.slice(0, -2))) {
    return { kind: 'prefix', source, text: source.slice(0, -1) }
  }
  if (source !== '' && (!isPlain(source) || source.startsWith('.'))) {
    return entry.fail(
      `server name "${name}" is invalid`,
      'a wildcard stands alone at one end: *.example.com or www.example.*',
    )
  }
  return { kind: 'exact', source, text: source }
}

function isPlain(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !name.includes('*')
}
