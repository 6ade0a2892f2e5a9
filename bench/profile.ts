import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { startRowOrigin, workOf } from './compare.ts'
import { launchGateway } from './contenders/gateway.ts'
import type { Fixtures } from './fixtures.ts'
import { runLoad } from './load.ts'
import type { Options } from './options.ts'
import type { Row } from './rows.ts'
import { type Server, startServer } from './server.ts'

const SHOWN = 40

/** The parts of V8's CPU profile that are used here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Runs a row's load on a gateway under V8's profiler; the functions with the most self time. */
export async function profile(row: Row, fixtures: Fixtures, options: Options): Promise<string> {
  const origin = await startRowOrigin(row, fixtures)
  let server: Server | undefined
  try {
    const work = workOf(row, origin?.port ?? 0, fixtures)
    // One process, so that the profiler's flag reaches what serves, and the profile is written.
    const more = { nodeArgs: ['--cpu-prof', '--cpu-prof-dir=.'], main: 'master_process: off' }
    server = await startServer('gateway', fixtures.folder, (port, dir) =>
      launchGateway(work, port, dir, more),
    )
    const { requests } = await runLoad(server.port, row.load, options.seconds)
    await server.stop()
    return report(row, requests, readProfile(server.dir))
  } finally {
    await server?.stop()
    await origin?.stop()
  }
}

function readProfile(dir: string): CpuProfile {
  const file = readdirSync(dir).find((name) => name.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error('the gateway wrote no profile')
  return JSON.parse(readFileSync(path.join(dir, file), 'utf8'))
}

function report(row: Row, requests: number, { nodes, samples, timeDeltas }: CpuProfile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0))
  }
  const total = [...times.values()].reduce((sum, each) => sum + each, 0)
  const lines = [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => {
      const share = ((100 * time) / total).toFixed(1).padStart(5)
      return `${share} %  ${(time / requests).toFixed(3).padStart(8)} µs  ${name}`
    })
  return `${row.name}: self time, share and per request (${requests} requests)\n${lines.join('\n')}`
}

function nameOf(frame: CpuProfile['nodes'][number]['callFrame']): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName
  if (frame.url === '') return name
  const file = frame.url.replace(/^.*\/(?=dist\/|node_modules\/)/, '')
  return `${name}  ${file}:${frame.lineNumber + 1}`
}
