import { spawn } from 'node:child_process'
import { LOAD_CORE, pinned } from './cores.ts'
import type { LoadReport } from './wrk.ts'

/** Requests over HTTP/2. */
export interface StreamsLoad {
  readonly connections: number
  /** Requests under way on each connection at any time. */
  readonly streams: number
  readonly path: string
  /** Whether it is asked over TLS. */
  readonly tls: boolean
}

/** Requests by which it is found how many fill the time. */
const FIRST = 20_000

/** Loads a port with h2load for about so many seconds. It knows no latencies but their mean. */
export async function runH2load(
  port: number,
  load: StreamsLoad,
  seconds: number,
): Promise<LoadReport> {
  const first = await run(port, load, FIRST)
  const rest = Math.max(FIRST, Math.round((first.requests / first.seconds) * seconds))
  const { failed, requests, seconds: taken } = await run(port, load, rest)
  return {
    requests: first.requests + requests,
    seconds: first.seconds + taken,
    p50: 0,
    p99: 0,
    failed: first.failed + failed,
    bytes: 0,
  }
}

interface Counts {
  readonly requests: number
  readonly failed: number
  readonly seconds: number
}

/** By number, and not by time: h2load sends nothing by time where it knows HTTP/2 beforehand. */
async function run(port: number, load: StreamsLoad, count: number): Promise<Counts> {
  const line = pinned(LOAD_CORE, 'h2load', [
    ...['-t', '1', '-c', String(load.connections), '-m', String(load.streams), '-n', String(count)],
    `${load.tls ? 'https' : 'http'}://127.0.0.1:${port}${load.path}`,
  ])
  const text = await output(line.command, line.args)
  const [, requests, failed] = REQUESTS.exec(text) ?? []
  const [, time, unit = ''] = FINISHED.exec(text) ?? []
  if (requests === undefined || time === undefined) {
    throw new Error(`h2load reported nothing:\n${text}`)
  }
  const seconds = Number(time) * (SECONDS[unit] as number)
  return { requests: Number(requests), failed: Number(failed), seconds }
}

const REQUESTS = /^requests: \d+ total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed/m
const FINISHED = /^finished in ([\d.]+)(us|ms|s)/m
const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1 }

function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (piece) => {
      text += piece
    })
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
}
