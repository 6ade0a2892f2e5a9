import { compare } from './compare.ts'
import { pinSelf } from './cores.ts'
import { measureDevReload } from './dev-reload.ts'
import { createFixtures, type Fixtures } from './fixtures.ts'
import { measureIdle } from './idle.ts'
import { measureIdleHttp2 } from './idle-http2.ts'
import { compareLocations } from './locations.ts'
import { measureNeighbours } from './noisy-neighbour.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { measurePluginProject } from './plugin-project.ts'
import { measurePlugins } from './plugins.ts'
import { profile } from './profile.ts'
import { measureReadNginxConf } from './read-nginx-conf.ts'
import { writeResults } from './results.ts'
import type { SpecialRow } from './rows.ts'
import { measureSandbox } from './sandbox/sandbox.ts'
import type { Section } from './section.ts'
import { stopAll } from './server.ts'
import { countSystemCalls } from './syscalls.ts'
import { toText } from './table.ts'
import { measureTenants } from './tenants.ts'
import { measureResumption } from './tls-resumption.ts'
import { requireTools } from './tools.ts'
import { compareTunnels, measureIdleTunnels } from './tunnels.ts'
import { measureWorkerStart } from './worker-start.ts'

/** The rows that are measured in ways of their own. */
const special: Record<SpecialRow, (fixtures: Fixtures, options: Options) => Promise<Section>> = {
  'idle-10000': measureIdle,
  'idle-http2': measureIdleHttp2,
  'tls-resumption': measureResumption,
  locations: compareLocations,
  'worker-start': measureWorkerStart,
  'nginx-conf': measureReadNginxConf,
  tenants: measureTenants,
  'plugins-200': measurePlugins,
  'dev-reload': measureDevReload,
  'plugin-project': measurePluginProject,
  'noisy-neighbour': measureNeighbours,
  'websocket-idle': measureIdleTunnels,
  websocket: compareTunnels,
  sandbox: measureSandbox,
}

main().catch((error: Error) => {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) return console.log(USAGE)
  const options = readOptions(args)
  requireTools()
  pinSelf()
  const fixtures = createFixtures()
  endOnSignals(fixtures)
  try {
    await run(options, fixtures)
  } finally {
    await stopAll()
    fixtures.remove()
  }
}

async function run(options: Options, fixtures: Fixtures): Promise<void> {
  const [first] = options.rows
  if (options.mode !== 'compare') {
    if (first === undefined) throw new Error(`--${options.mode} takes a row with a load`)
    const look = options.mode === 'profile' ? profile : countSystemCalls
    return console.log(await look(first, fixtures, options))
  }
  const sections: Section[] = []
  for await (const section of measureAll(options, fixtures)) {
    console.log(toText(section))
    sections.push(section)
    // After every row, so that an interrupted run keeps what it has.
    if (options.write) writeResults(sections, options)
  }
}

async function* measureAll(options: Options, fixtures: Fixtures): AsyncGenerator<Section> {
  for (const row of options.rows) yield await compare(row, fixtures, options)
  for (const name of options.special) yield await special[name](fixtures, options)
}

function endOnSignals(fixtures: Fixtures): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await stopAll()
      fixtures.remove()
      process.exit(1)
    })
  }
}
