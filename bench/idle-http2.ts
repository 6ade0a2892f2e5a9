import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { startContender } from './compare.ts'
import type { ContenderName } from './contenders/contender.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section } from './section.ts'
import { memoryOf } from './usage.ts'

const COUNT = 5000
/** Opened before the first look, so that compiled code and spare heap count for nobody. */
const FIRST = 500
/** How many connections are opened at a time. */
const BATCH = 50
const TARGET_KILOBYTES = 40

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

/** Memory of idle connections that speak HTTP/2 over TLS, each after one request. */
export async function measureIdleHttp2(fixtures: Fixtures): Promise<Section> {
  const names = (['gateway', 'nginx'] as const).filter(
    (name) => contenders[name].missing() === undefined,
  )
  const kilobytes = new Map<ContenderName, number>()
  for (const name of names) kilobytes.set(name, await measureOne(name, fixtures))
  const gateway = kilobytes.get('gateway')
  return {
    name: 'idle-http2',
    text: `memory of ${COUNT.toLocaleString('en')} idle HTTP/2 connections over TLS after one request each`,
    columns: ['server', 'KB/connection'],
    lines: [...kilobytes].map(([name, each]) => [name, each.toFixed(2)]),
    verdicts:
      gateway === undefined
        ? []
        : [judge('an idle HTTP/2 connection', gateway, { most: TARGET_KILOBYTES }, ' KB')],
    notes: [],
  }
}

async function measureOne(name: ContenderName, fixtures: Fixtures): Promise<number> {
  const server = await startContender(name, { kind: 'secure', http2: true }, fixtures)
  const sockets: TLSSocket[] = []
  try {
    await openAll(server.port, sockets, FIRST)
    const before = memoryOf(server.workers)
    await openAll(server.port, sockets, FIRST + COUNT)
    return (memoryOf(server.workers) - before) / 1024 / COUNT
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

async function openAll(port: number, sockets: TLSSocket[], count: number): Promise<void> {
  while (sockets.length < count) {
    const batch = Array.from({ length: BATCH }, () => openIdle(port))
    sockets.push(...(await Promise.all(batch)))
  }
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
