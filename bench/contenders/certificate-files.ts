import { certificate } from '../../test/harness/certificates.ts'

let made: Readonly<Record<string, string>> | undefined

/** The same certificate (ECDSA P-256) for all servers, and its key. */
export function certificateFiles(): Readonly<Record<string, string>> {
  if (!made) {
    const { cert, key } = certificate({ subject: '/CN=localhost', names: ['localhost'] })
    made = { 'server.crt': cert, 'server.key': key }
  }
  return made
}
