import net from 'node:net'
import { startContender } from './compare.ts'
import type { ContenderName } from './contenders/contender.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section } from './section.ts'
import { memoryOf } from './usage.ts'

const COUNT = 10_000
/** Opened before the first look, so that compiled code and spare heap count for nobody. */
const FIRST = 2000
/** How many connections are opened at a time. */
const BATCH = 100
const TARGET_KILOBYTES = 7
const REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'

/** Memory of idle keep-alive connections, each after one request. */
export async function measureIdle(fixtures: Fixtures): Promise<Section> {
  const names = (['gateway', 'nginx'] as const).filter(
    (name) => contenders[name].missing() === undefined,
  )
  const kilobytes = new Map<ContenderName, number>()
  for (const name of names) kilobytes.set(name, await measureOne(name, fixtures))
  const gateway = kilobytes.get('gateway')
  return {
    name: 'idle-10000',
    text: `memory of ${COUNT.toLocaleString('en')} idle keep-alive connections after one request each`,
    columns: ['server', 'KB/connection'],
    lines: [...kilobytes].map(([name, each]) => [name, each.toFixed(2)]),
    verdicts:
      gateway === undefined
        ? []
        : [judge('an idle connection', gateway, { most: TARGET_KILOBYTES }, ' KB')],
    notes: [],
  }
}

async function measureOne(name: ContenderName, fixtures: Fixtures): Promise<number> {
  const server = await startContender(name, { kind: 'return' }, fixtures)
  const sockets: net.Socket[] = []
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

async function openAll(port: number, sockets: net.Socket[], count: number): Promise<void> {
  while (sockets.length < count) {
    const batch = Array.from({ length: BATCH }, () => openIdle(port))
    sockets.push(...(await Promise.all(batch)))
  }
}

/** A connection that has had its answer. */
function openIdle(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.on('connect', () => socket.write(REQUEST))
    socket.once('data', () => resolve(socket))
  })
}
