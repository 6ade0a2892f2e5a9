import http from 'node:http'
import { launchGateway } from './contenders/gateway.ts'
import type { Fixtures } from './fixtures.ts'
import type { Options } from './options.ts'
import { judge, type Section } from './section.ts'
import { type Server, startServer } from './server.ts'
import { median } from './statistics.ts'
import { runWrk } from './wrk.ts'

/** Requests a second to the script that spins. */
const RATE = 50
/** What the others' clients send: 32 of them, 125 requests a second each. */
const LOAD = { paths: ['/quiet'], connections: 32, delay: 8 }
/** Seconds of load before anything counts. */
const WARM_UP = 1
const TARGET = 2

/** Just below 20 ms of fuel: more would have the script suspended after three requests. */
const SPIN = `
function burn(): number {
  let sum = 0
  for (let i = 0; i < 112_000; i++) sum = (sum * 31 + i) | 0
  return sum
}
export default { fetch: () => new Response(String(burn())) }`
const QUIET = "export default { fetch: () => new Response('Hello, world!') }"

const PLACES = ['alone', 'spinning', 'spinning, all of a worker'] as const

/** What a script that spins does to the latency of another tenant's, in the same worker. */
export async function measureNeighbours(
  fixtures: Fixtures,
  { rounds, seconds }: Options,
): Promise<Section> {
  const server = await startServer('neighbours', fixtures.folder, launch, { path: '/quiet' })
  const found = new Map<string, Latency[]>(PLACES.map((place) => [place, []]))
  try {
    await runWrk(server.port, LOAD, WARM_UP)
    for (let round = 0; round < rounds; round++) {
      for (const place of PLACES) found.get(place)?.push(await measureOne(server, place, seconds))
    }
  } finally {
    await server.stop()
  }
  const p99 = (place: string) => median(found.get(place)?.map((each) => each.p99) ?? [])
  const middle = (place: string, figure: keyof Latency) =>
    median(found.get(place)?.map((each) => each[figure]) ?? [])
  const [quiet, ...noisy] = PLACES
  return {
    name: 'noisy-neighbour',
    text: `a trivial script beside one of another tenant that spins ${RATE} times a second, one worker`,
    columns: ['neighbour', 'p50 ms', 'p99 ms', 'of alone', 'spun a second'],
    lines: PLACES.map((place) => [
      place,
      middle(place, 'p50').toFixed(2),
      p99(place).toFixed(2),
      (p99(place) / p99(quiet)).toFixed(2),
      middle(place, 'spun').toFixed(1),
    ]),
    verdicts: noisy.map((place) =>
      judge(`p99 beside one ${place}, to alone`, p99(place) / p99(quiet), { most: TARGET }),
    ),
    notes: [],
  }
}

interface Latency {
  readonly p50: number
  readonly p99: number
  /** Requests of the neighbour that were answered with 200, a second. */
  readonly spun: number
}

async function measureOne(
  { port }: Server,
  place: (typeof PLACES)[number],
  seconds: number,
): Promise<Latency> {
  const paths = { alone: undefined, spinning: '/spin', 'spinning, all of a worker': '/spin-all' }
  const spinner = new Spinner(port, paths[place])
  const { p50, p99 } = await runWrk(port, LOAD, seconds)
  return { p50, p99, spun: spinner.stop() / seconds }
}

/** Asks for a path at a steady rate, whatever the answers do. */
class Spinner {
  readonly #timer: NodeJS.Timeout | undefined
  readonly #agent = new http.Agent({ keepAlive: true })
  #answered = 0

  constructor(port: number, path: string | undefined) {
    if (path === undefined) return
    const options = { port, path, agent: this.#agent }
    this.#timer = setInterval(() => {
      const request = http.get(options, (answer) => {
        if (answer.statusCode === 200) this.#answered++
        answer.resume()
      })
      // Those that are under way when the server ends.
      request.on('error', () => undefined)
    }, 1000 / RATE)
  }

  /** How many were answered. */
  stop(): number {
    clearInterval(this.#timer)
    this.#agent.destroy()
    return this.#answered
  }
}

function launch(port: number, dir: string) {
  const { args, command } = launchGateway({ kind: 'return' }, port, dir, { nodeArgs: [], main: '' })
  const yaml = `worker_processes: 1
pid: gateway.pid
error_log: error.log error
http:
  access_log: off
  keepalive_requests: 1000000000
  server:
    - listen: 127.0.0.1:${port} backlog=4096
      location:
        /quiet: { script: { file: quiet.ts, tenant: quiet, cpu_share: 100% } }
        /spin: { script: { file: spin.ts, tenant: noisy } }
        /spin-all: { script: { file: spin.ts, tenant: noisier, cpu_share: 100% } }
`
  return { command, args, files: { 'gateway.yaml': yaml, 'spin.ts': SPIN, 'quiet.ts': QUIET } }
}
