import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { Fixtures } from './fixtures.ts'
import { type IdleRow, measureIdleRow } from './idle.ts'
import type { Section } from './section.ts'

/**
 * What a client begins with, and one request: GET, https, "/" and an authority, by the static table
 * (RFC 7541 appendix A).
 */
const ASK = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  Buffer.from([0, 0, 8, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84, 0x41, 3]),
  Buffer.from('a.b', 'latin1'),
])
/** Of the answer's last frame, which is the only one with DATA. */
const GREETING = Buffer.from('Hello, world!')

const OVER_HTTP2: IdleRow = {
  name: 'idle-http2',
  what: 'idle HTTP/2 connections over TLS',
  work: { kind: 'secure', http2: true },
  count: 5000,
  first: 500,
  batch: 50,
  most: 40,
  open: openIdle,
}

/** Memory of idle connections that speak HTTP/2 over TLS, each after one request. */
export function measureIdleHttp2(fixtures: Fixtures): Promise<Section> {
  return measureIdleRow(OVER_HTTP2, fixtures)
}

/** A connection that has had its answer. */
async function openIdle(port: number): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
  })
  await once(socket, 'secureConnect')
  socket.write(ASK)
  let heard = Buffer.alloc(0)
  while (!heard.includes(GREETING)) {
    const [piece] = await once(socket, 'data')
    heard = Buffer.concat([heard, piece])
  }
  return socket
}
