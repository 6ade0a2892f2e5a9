import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section } from './section.ts'
import { startServer } from './server.ts'
import { median } from './statistics.ts'

const ROUNDS = 5
/** Milliseconds: what a person with a stop watch has, and what an installation may take. */
const TARGETS = { answered: 60_000, installed: 3000 }
const COMMAND = path.resolve(import.meta.dirname, '../dist/main.js')

/** How long a plugin of one's own takes: to its first answer, its tests, and its installation. */
export async function measurePluginProject(fixtures: Fixtures): Promise<Section> {
  const answered: number[] = []
  const tested: number[] = []
  const installed: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const from = performance.now()
    const options = { path: '/hello/ann' }
    const server = await startServer('plugin', fixtures.folder, created, options)
    answered.push(performance.now() - from)
    await server.stop()
    writeFileSync(path.join(server.dir, 'gateway.yaml'), 'http: {}\n')
    tested.push(took(() => plugin(server.dir, 'test', './own')))
    installed.push(took(() => plugin(server.dir, 'install', '--yes', './own')))
  }
  const times = { answered, tested, installed }
  return {
    name: 'plugin-project',
    text: `a plugin of one's own, created and asked under gateway dev, tested, installed, ${ROUNDS} times each`,
    columns: ['until it is', 'median ms', 'longest ms'],
    lines: Object.entries(times).map(([name, all]) => [
      name,
      median(all).toFixed(0),
      Math.max(...all).toFixed(0),
    ]),
    verdicts: (['answered', 'installed'] as const).map((name) =>
      judge(`a plugin is ${name} in`, median(times[name]), { most: TARGETS[name] }, ' ms'),
    ),
    notes: [],
  }
}

/** A new project in this folder, served on this port. */
function created(port: number, dir: string) {
  plugin(dir, 'create', 'own', '--kind', 'handler')
  const file = path.join(dir, 'own', 'gateway.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('8080', String(port)))
  return { command: process.execPath, args: [COMMAND, 'dev', '-c', file], files: {} }
}

function plugin(cwd: string, ...words: readonly string[]): void {
  execFileSync(process.execPath, [COMMAND, 'plugin', ...words], { cwd, stdio: 'ignore' })
}

function took(work: () => void): number {
  const from = performance.now()
  work()
  return performance.now() - from
}
