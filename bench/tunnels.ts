import { openFileLimit } from '../src/kernel/process/open-files.ts'
import { startContender } from './compare.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import type { Options } from './options.ts'
import { startTunnelOrigin } from './origin.ts'
import { judge, type Section } from './section.ts'
import type { Server } from './server.ts'
import { median } from './statistics.ts'
import { stream, TunnelClient, talk } from './tunnel-load.ts'
import { cpuOf, memoryOf } from './usage.ts'

const COUNT = 10_000
/** One alone may not have so many open files. */
const IDLE_WORKERS = 2
/** Opened before the first look, so that compiled code and spare heap count for nobody. */
const FIRST = 1000
/** Descriptors for everything else. */
const SPARE = 500
/** How many are opened at a time. */
const BATCH = 100
/** Seconds of load before anything counts. */
const WARM_UP = 1
const TARGET_KILOBYTES = 15
const TARGET_THROUGHPUT = 0.6

/** Memory of tunnels over which nothing is said. */
export async function measureIdleTunnels(fixtures: Fixtures): Promise<Section> {
  // Each takes two descriptors of a worker, one of the client and one of the origin.
  const most = openFileLimit() - SPARE - FIRST
  const count = Math.min(COUNT, most)
  const kilobytes = new Map<string, number>()
  await withServers(fixtures, IDLE_WORKERS, async (servers) => {
    for (const server of servers) kilobytes.set(server.name, await memoryOfEach(server, count))
  })
  const gateway = kilobytes.get('gateway')
  return {
    name: 'websocket-idle',
    text: `memory of ${count.toLocaleString('en')} idle upgrade tunnels`,
    columns: ['server', 'KB/tunnel'],
    lines: [...kilobytes].map(([name, each]) => [name, each.toFixed(2)]),
    verdicts: gateway ? [judge('a tunnel', gateway, { most: TARGET_KILOBYTES }, ' KB')] : [],
    notes: count < COUNT ? [`the limit of open files allows ${count} of ${COUNT}`] : [],
  }
}

async function memoryOfEach(server: Server, count: number): Promise<number> {
  const clients: TunnelClient[] = []
  try {
    await openIdle(server.port, clients, FIRST)
    const before = memoryOf(server.workers)
    await openIdle(server.port, clients, FIRST + count)
    return (memoryOf(server.workers) - before) / 1024 / count
  } finally {
    for (const { socket } of clients) socket.destroy()
  }
}

async function openIdle(port: number, clients: TunnelClient[], count: number): Promise<void> {
  while (clients.length < count) {
    const batch = Array.from({ length: BATCH }, () => TunnelClient.open(port, '/echo'))
    clients.push(...(await Promise.all(batch)))
  }
}

/** What tunnels carry: small messages to and fro, and a stream of bytes. */
export async function compareTunnels(fixtures: Fixtures, options: Options): Promise<Section> {
  const found = new Map<string, Record<'messages' | 'megabytes', Figures>>()
  await withServers(fixtures, 1, async (servers) => {
    const messages = await measure(servers, talk, 1, options)
    const megabytes = await measure(servers, stream, 2 ** 20, options)
    for (const server of servers) {
      const of = (all: typeof messages) => all.get(server) as Figures
      found.set(server.name, { messages: of(messages), megabytes: of(megabytes) })
    }
  })
  const ours = found.get('gateway')
  const theirs = found.get('nginx')
  return {
    name: 'websocket',
    text: 'upgrade tunnels: messages of 100 bytes said back on 64 of them, and a stream on 2',
    columns: ['server', 'messages/s', 'CPU µs/message', 'MB/s', 'CPU µs/MB'],
    lines: [...found].map(([name, { messages, megabytes }]) => [
      name,
      Math.round(messages.rate).toLocaleString('en'),
      messages.cpu.toFixed(2),
      Math.round(megabytes.rate).toLocaleString('en'),
      megabytes.cpu.toFixed(1),
    ]),
    verdicts:
      ours && theirs
        ? (['messages', 'megabytes'] as const).map((what) => {
            const ratio = ours[what].rate / theirs[what].rate
            return judge(`${what} to nginx`, ratio, { least: TARGET_THROUGHPUT })
          })
        : [],
    notes: [],
  }
}

interface Figures {
  /** Units a second. */
  readonly rate: number
  /** Microseconds of the server's processor a unit. */
  readonly cpu: number
}

/**
 * Medians over the rounds, which the servers take in turns; `unit` is how much of what was moved
 * counts as one.
 */
async function measure(
  servers: readonly Server[],
  load: (port: number, seconds: number) => Promise<number>,
  unit: number,
  { rounds, seconds }: Options,
): Promise<Map<Server, Figures>> {
  const samples = new Map<Server, Figures[]>(servers.map((server) => [server, []]))
  for (const { port } of servers) await load(port, WARM_UP)
  for (let round = 0; round < rounds; round++) {
    for (const [server, taken] of samples) taken.push(await sample(server, load, unit, seconds))
  }
  return new Map(servers.map((server) => [server, middle(samples.get(server) ?? [])]))
}

async function sample(
  server: Server,
  load: (port: number, seconds: number) => Promise<number>,
  unit: number,
  seconds: number,
): Promise<Figures> {
  const before = cpuOf(server.workers)
  const from = performance.now()
  const units = (await load(server.port, seconds)) / unit
  const passed = (performance.now() - from) / 1000
  return { rate: units / passed, cpu: (cpuOf(server.workers) - before) / units }
}

function middle(samples: readonly Figures[]): Figures {
  return {
    rate: median(samples.map(({ rate }) => rate)),
    cpu: median(samples.map(({ cpu }) => cpu)),
  }
}

/** Both servers, in front of an origin of tunnels. */
async function withServers(
  fixtures: Fixtures,
  workers: number,
  look: (servers: readonly Server[]) => Promise<void>,
): Promise<void> {
  const origin = await startTunnelOrigin(fixtures.folder)
  const servers: Server[] = []
  try {
    for (const name of ['gateway', 'nginx'] as const) {
      if (contenders[name].missing() !== undefined) continue
      servers.push(
        await startContender(name, { kind: 'tunnel', origin: origin.port, workers }, fixtures),
      )
    }
    await look(servers)
  } finally {
    for (const server of servers) await server.stop()
    await origin.stop()
  }
}
