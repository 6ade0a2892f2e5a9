import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeCandidate } from '../src/packages/change/candidate.ts'
import { Store } from '../src/packages/store/store.ts'
import { pluginPackage } from '../test/harness/plugin-package.ts'
import { packageTarball } from '../test/harness/tarball.ts'
import type { Fixtures } from './fixtures.ts'
import { measure } from './measure.ts'
import type { Options } from './options.ts'
import { judge, type Section } from './section.ts'
import { type Server, startServer } from './server.ts'
import { median } from './statistics.ts'

const PLUGINS = 200
/** How often a start is timed, with and without in turn. */
const STARTS = 5
/** Milliseconds of a start, master and worker together; and a request to one without plugins. */
const TARGETS = { start: 300, request: 1.05 } as const
const COMMAND = path.resolve(import.meta.dirname, '../dist/main.js')

/** What installed plugins that a configuration does not use cost: a start, and a request. */
export async function measurePlugins(fixtures: Fixtures, options: Options): Promise<Section> {
  const folders = {
    none: path.join(fixtures.folder, 'plain'),
    all: path.join(fixtures.folder, 'plugins'),
  }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
  await installAll(folders.all)
  const times: Record<keyof typeof folders, number[]> = { none: [], all: [] }
  for (let i = 0; i < STARTS; i++) {
    for (const which of ['none', 'all'] as const) {
      const server = await start(which, folders[which])
      times[which].push(server.startTime)
      await server.stop()
    }
  }
  const servers = [await start('none', folders.none), await start('all', folders.all)]
  try {
    const [none, all] = await measure(servers, () => ({ paths: ['/'] }), options)
    const ratio = (all?.cpu ?? 0) / (none?.cpu ?? 1)
    const more = median(times.all) - median(times.none)
    return {
      name: `plugins-${PLUGINS}`,
      text: `${PLUGINS} installed plugins, none of them used, against none`,
      columns: ['installed', 'start ms', 'CPU µs/request'],
      lines: [
        ['0', median(times.none).toFixed(0), (none?.cpu ?? 0).toFixed(2)],
        [`${PLUGINS}`, median(times.all).toFixed(0), (all?.cpu ?? 0).toFixed(2)],
      ],
      verdicts: [
        judge(`${PLUGINS} plugins add to a start`, more, { most: TARGETS.start }, ' ms'),
        judge('CPU of a request to one without', ratio, { most: TARGETS.request }),
      ],
      notes: [],
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** As an installation does, but for the trial. */
async function installAll(folder: string): Promise<void> {
  const store = new Store(folder)
  mkdirSync(store.path, { recursive: true })
  const made = []
  for (let i = 0; i < PLUGINS; i++) {
    const bytes = packageTarball(pluginPackage({ plugin: `bench-${i}` }))
    const home = path.join(store.path, `${i}`)
    mkdirSync(home)
    const fetched = { bytes, resolved: 'file:bench', integrity: undefined }
    made.push(await makeCandidate(fetched, 'bench', home))
  }
  for (const { home, name, locked } of made) store.adopt(home, name, locked)
  store.commit(new Map(made.map(({ name, locked }) => [name, locked])))
}

function start(name: string, folder: string): Promise<Server> {
  return startServer(`gateway, ${name}`, path.dirname(folder), (port) => {
    const file = path.join(folder, 'gateway.yaml')
    writeFileSync(
      file,
      `daemon: off
worker_processes: 1
pid: ${folder}/pid
error_log: ${folder}/error.log
http:
  access_log: off
  server: { listen: 127.0.0.1:${port}, location: { /: { return: 200 ok } } }
`,
    )
    return { command: process.execPath, args: [COMMAND, '-c', file], files: {} }
  })
}
