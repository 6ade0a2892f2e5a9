import type { SecureVersion } from 'node:tls'
import type { Directive, Entry, Scope } from '../directive/directive.ts'
import { directive } from '../directive/readers.ts'

/** The versions that can be spoken, from the oldest on. */
const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** Versions of TLS without a gap between them, from the oldest to the newest. */
export function tlsVersions(options: {
  in: readonly Scope[]
  doc: string
}): Directive<readonly SecureVersion[]> {
  return directive({
    ...options,
    default: ['TLSv1.2', 'TLSv1.3'],
    usage: '[TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]',
    min: 1,
    max: VERSIONS.length,
    kind: 'enum',
    words: VERSIONS,
    read: readVersions,
  })
}

function readVersions(entry: Entry): readonly SecureVersion[] {
  const places = entry.args.map((word) => {
    const at = VERSIONS.indexOf(word as SecureVersion)
    if (at < 0) entry.fail(`"${word}" is no version; there are ${VERSIONS.join(', ')}`)
    return at
  })
  const versions = VERSIONS.slice(Math.min(...places), Math.max(...places) + 1)
  if (new Set(places).size !== versions.length) {
    entry.fail('versions with a gap between them', 'name those between them as well')
  }
  return versions
}
