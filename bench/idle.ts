import net from 'node:net'
import { startContender } from './compare.ts'
import type { ContenderName } from './contenders/contender.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section } from './section.ts'
import { memoryOf } from './usage.ts'
import type { Work } from './work.ts'

/** Connections that are asked once each and then left alone. */
export interface IdleRow {
  readonly name: string
  /** What they are, in the plural: `idle keep-alive connections`. */
  readonly what: string
  readonly work: Work
  readonly count: number
  /** Opened before the first look, so that compiled code and spare heap count for nobody. */
  readonly first: number
  /** How many are opened at a time. */
  readonly batch: number
  /** Kilobytes that one may take. */
  readonly most: number
  /** A connection that has had its answer. */
  open(port: number): Promise<net.Socket>
}

const KEEP_ALIVE: IdleRow = {
  name: 'idle-10000',
  what: 'idle keep-alive connections',
  work: { kind: 'return' },
  count: 10_000,
  first: 2000,
  batch: 100,
  most: 7,
  open: openIdle,
}
const REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'

/** Memory of idle keep-alive connections, each after one request. */
export function measureIdle(fixtures: Fixtures): Promise<Section> {
  return measureIdleRow(KEEP_ALIVE, fixtures)
}

/** Memory of idle connections of any kind, beside nginx's. */
export async function measureIdleRow(row: IdleRow, fixtures: Fixtures): Promise<Section> {
  const { count, most, name, what } = row
  const names = (['gateway', 'nginx'] as const).filter(
    (each) => contenders[each].missing() === undefined,
  )
  const kilobytes = new Map<ContenderName, number>()
  for (const each of names) kilobytes.set(each, await measureOne(each, row, fixtures))
  const gateway = kilobytes.get('gateway')
  return {
    name,
    text: `memory of ${count.toLocaleString('en')} ${what} after one request each`,
    columns: ['server', 'KB/connection'],
    lines: [...kilobytes].map(([each, taken]) => [each, taken.toFixed(2)]),
    verdicts: gateway === undefined ? [] : [judge(`one of the ${what}`, gateway, { most }, ' KB')],
    notes: [],
  }
}

async function measureOne(name: ContenderName, row: IdleRow, fixtures: Fixtures): Promise<number> {
  const server = await startContender(name, row.work, fixtures)
  const sockets: net.Socket[] = []
  try {
    await openAll(server.port, sockets, row.first, row)
    const before = memoryOf(server.workers)
    await openAll(server.port, sockets, row.first + row.count, row)
    return (memoryOf(server.workers) - before) / 1024 / row.count
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

async function openAll(
  port: number,
  sockets: net.Socket[],
  count: number,
  { batch, open }: IdleRow,
): Promise<void> {
  while (sockets.length < count) {
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => open(port)))))
  }
}

function openIdle(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.on('connect', () => socket.write(REQUEST))
    socket.once('data', () => resolve(socket))
  })
}
