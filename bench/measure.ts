import type { StreamsLoad } from './h2load.ts'
import { runLoad } from './load.ts'
import type { Server } from './server.ts'
import { median } from './statistics.ts'
import type { StreamLoad } from './stream-load.ts'
import { cpuOf, memoryOf } from './usage.ts'
import type { LoadReport, RequestLoad } from './wrk.ts'

/** What one server did with one load; medians over the rounds. */
export interface Figures {
  readonly name: string
  /** Processor time of the serving processes, microseconds a request. */
  readonly cpu: number
  /** The same at one rate for all servers; 0 where it was not measured. */
  readonly paced: number
  /** Requests a second. */
  readonly rate: number
  /** Body megabytes a second; 0 where bodies are not what counts. */
  readonly throughput: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Resident bytes of the serving processes after the last round. */
  readonly memory: number
  /** Requests that failed, over all rounds. */
  readonly failed: number
}

interface Sample extends LoadReport {
  readonly cpu: number
  readonly paced: number
}

/** How long a paced connection waits before each request, in milliseconds. */
const PACE = 8

const WARM_UP = 2

type AnyLoad = RequestLoad | StreamLoad | StreamsLoad

/** Measures servers in turns, so that whatever else the machine does hits all of them alike. */
export async function measure(
  servers: readonly Server[],
  loadOf: (server: Server) => AnyLoad,
  options: { readonly seconds: number; readonly rounds: number },
  paced?: number,
): Promise<Figures[]> {
  const samples = new Map<Server, Sample[]>(servers.map((server) => [server, []]))
  for (const server of servers) await runLoad(server.port, loadOf(server), WARM_UP)
  for (let round = 0; round < options.rounds; round++) {
    for (const server of servers) {
      samples.get(server)?.push(await sample(server, loadOf(server), options.seconds, paced))
    }
  }
  return servers.map((server) => summarise(server, samples.get(server) ?? []))
}

async function sample(
  server: Server,
  load: AnyLoad,
  seconds: number,
  paced: number | undefined,
): Promise<Sample> {
  const full = await costOf(server, load, seconds)
  if (paced === undefined) return { ...full, paced: 0 }
  const gentle = await costOf(server, { ...load, connections: paced, delay: PACE }, seconds)
  return { ...full, paced: gentle.cpu, failed: full.failed + gentle.failed }
}

async function costOf(
  server: Server,
  load: AnyLoad,
  seconds: number,
): Promise<LoadReport & { readonly cpu: number }> {
  const before = cpuOf(server.workers)
  const report = await runLoad(server.port, load, seconds)
  return { ...report, cpu: (cpuOf(server.workers) - before) / Math.max(report.requests, 1) }
}

function summarise(server: Server, samples: readonly Sample[]): Figures {
  const middle = (figure: (sample: Sample) => number) => median(samples.map(figure))
  return {
    name: server.name,
    cpu: middle((each) => each.cpu),
    paced: middle((each) => each.paced),
    rate: middle((each) => each.requests / each.seconds),
    throughput: middle((each) => each.bytes / each.seconds / 2 ** 20),
    p50: middle((each) => each.p50),
    p99: middle((each) => each.p99),
    memory: memoryOf(server.workers),
    failed: samples.reduce((sum, each) => sum + each.failed, 0),
  }
}
