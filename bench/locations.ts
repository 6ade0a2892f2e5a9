import { contenders } from './contenders/index.ts'
import { type Cores, SERVER_CORE } from './cores.ts'
import type { Fixtures } from './fixtures.ts'
import { type Figures, measure } from './measure.ts'
import type { Options } from './options.ts'
import { judge, type Section, type Verdict } from './section.ts'
import { type Server, startServer } from './server.ts'
import { median } from './statistics.ts'
import { locationPath } from './work.ts'

const FEW = 10
const MANY = 10_000
/** How often a start is timed. */
const STARTS = 3
const TARGET_RATIO = 1.1
const TARGET_START = 2000

/** Ten locations against ten thousand: the cost of a request, and of the start. */
export async function compareLocations(fixtures: Fixtures, options: Options): Promise<Section> {
  const lines: string[][] = []
  const verdicts: Verdict[] = []
  for (const name of ['gateway', 'nginx'] as const) {
    if (contenders[name].missing() !== undefined) continue
    const servers: Server[] = []
    try {
      for (const count of [FEW, MANY]) servers.push(await start(name, count, fixtures))
      const [few, many] = await measurePair(servers, options)
      const ratio = (many?.cpu ?? 0) / (few?.cpu ?? 1)
      const fewStart = await measureStart(name, FEW, fixtures)
      const manyStart = await measureStart(name, MANY, fixtures)
      lines.push(line(few, 1, fewStart), line(many, ratio, manyStart))
      if (name === 'gateway') {
        verdicts.push(judge('CPU with 10,000 to 10', ratio, { most: TARGET_RATIO }))
        verdicts.push(judge('start with 10,000', manyStart, { most: TARGET_START }, ' ms'))
      }
    } finally {
      for (const server of servers) await server.stop()
    }
  }
  return {
    name: 'locations',
    text: '10 against 10,000 prefix locations; ten of them, evenly spread, are asked for',
    columns: ['server', 'CPU µs/request', 'to 10', 'start ms', 'memory MB', 'failed'],
    lines,
    verdicts,
    notes: [],
  }
}

function start(
  name: 'gateway' | 'nginx',
  count: number,
  fixtures: Fixtures,
  cores: Cores = SERVER_CORE,
): Promise<Server> {
  return startServer(
    `${name}, ${count.toLocaleString('en')}`,
    fixtures.folder,
    (port, dir) => contenders[name].launch({ kind: 'locations', count }, port, dir),
    { path: locationPath(0), core: cores },
  )
}

/** From the start of the process to its first answer, on all processors as a user starts it. */
async function measureStart(
  name: 'gateway' | 'nginx',
  count: number,
  fixtures: Fixtures,
): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < STARTS; i++) {
    const server = await start(name, count, fixtures, 'all')
    times.push(server.startTime)
    await server.stop()
  }
  return median(times)
}

/** Each server is asked for ten of its own locations: first, last and between. */
async function measurePair(servers: readonly Server[], options: Options): Promise<Figures[]> {
  const shared = Array.from({ length: FEW }, (_, i) => i)
  const spread = shared.map((i) => Math.floor((i * (MANY - 1)) / (FEW - 1)))
  return measure(
    servers,
    (server) => ({ paths: (server === servers[0] ? shared : spread).map(locationPath) }),
    options,
  )
}

function line(figures: Figures | undefined, ratio: number, startTime: number): string[] {
  return [
    figures?.name ?? '',
    (figures?.cpu ?? 0).toFixed(2),
    ratio.toFixed(2),
    Math.round(startTime).toLocaleString('en'),
    ((figures?.memory ?? 0) / 2 ** 20).toFixed(1),
    String(figures?.failed ?? 0),
  ]
}
