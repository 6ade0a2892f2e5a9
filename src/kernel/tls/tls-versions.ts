import type { SecureVersion } from 'node:tls'
import type { Entry } from '../directive/directive.ts'

/** The versions that can be spoken, from the oldest on. */
export const TLS_VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** Reads the words of a directive, without a gap between them; from the oldest to the newest. */
export function readTlsVersions(entry: Entry): readonly SecureVersion[] {
  const places = entry.args.map((word) => {
    const at = TLS_VERSIONS.indexOf(word as SecureVersion)
    if (at < 0) entry.fail(`"${word}" is no version; there are ${TLS_VERSIONS.join(', ')}`)
    return at
  })
  const versions = TLS_VERSIONS.slice(Math.min(...places), Math.max(...places) + 1)
  if (new Set(places).size !== versions.length) {
    entry.fail('versions with a gap between them', 'name those between them as well')
  }
  return versions
}
