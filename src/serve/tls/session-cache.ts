import { Buffer } from 'node:buffer'
import type { TlsHandle } from '../../kernel/socket/tls-handle.ts'
import type { SharedZone } from '../../storage/zone/shared-zone.ts'
import type { ClientHello } from '../../wire/tls/client-hello.ts'

/** The longest id of a session that is looked for, in bytes (RFC 5246, section 7.4.1.2). */
const MOST_ID = 32

/**
 * Goes on with a session from the cache, and keeps new ones there, for `patience` milliseconds. What a
 * zone cannot give or take now means another full handshake, and nothing worse.
 */
export function useCache(
  handle: TlsHandle,
  { session }: ClientHello,
  cache: SharedZone,
  patience: number,
): void {
  handle.onclienthello = () => {
    const known = session.length > 0 && session.length <= MOST_ID && cache.get(nameOf(session))
    if (known) handle.loadSession(Buffer.from(known, 'base64'))
    handle.endParser()
  }
  handle.onnewsession = (id, made) => {
    if (id.length <= MOST_ID) {
      cache.update(nameOf(id), () => Buffer.from(made).toString('base64'), patience)
    }
    handle.newSessionDone()
  }
  handle.enableSessionCallbacks()
}

function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString('hex')
}
