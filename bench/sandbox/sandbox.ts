import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { pinned, SERVER_CORE } from '../cores.ts'
import type { Fixtures } from '../fixtures.ts'
import { judge, type Section } from '../section.ts'
import type { RunCost } from './run-cost.ts'
import type { ScriptName } from './scripts.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = pathToFileURL(path.join(ROOT, 'sandbox', 'guest', 'build.ts')).href

/** Microseconds that a run may cost. */
const TARGETS: Partial<Record<ScriptName, number>> = {
  trivial: 6,
  'three headers': 20,
  'routing + 1.8 KB JSON': 160,
}
/** Microseconds that one awaited call may add. */
const AWAIT_TARGET = 15

/** What a run costs without a server around it: guest and isolation. */
export async function measureSandbox(fixtures: Fixtures): Promise<Section> {
  const costs = await measure(fixtures)
  const cpuOf = (name: ScriptName) => costs.find((each) => each.name === name)?.cpu ?? 0
  const targets = Object.entries(TARGETS) as [ScriptName, number][]
  return {
    name: 'sandbox',
    text: 'a run of a script with its isolation, a fresh heap each, the whole web API loaded',
    columns: ['script', 'CPU µs', 'least', 'fuel'],
    lines: costs.map(({ name, cpu, least, fuel }) => {
      return [name, cpu.toFixed(1), least.toFixed(1), fuel.toLocaleString('en')]
    }),
    verdicts: [
      ...targets.map(([name, most]) => judge(name, cpuOf(name), { most }, ' µs')),
      judge('one await', cpuOf('one await') - cpuOf('no await'), { most: AWAIT_TARGET }, ' µs'),
    ],
    notes: [],
  }
}

/** In a process on the servers' processor, bundled as the gateway is. */
async function measure({ folder }: Fixtures): Promise<readonly RunCost[]> {
  // Inside the repository, where the packages it needs are found.
  const file = path.join(ROOT, 'node_modules', '.cache', `bench-${path.basename(folder)}.mjs`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['bench/sandbox/guest.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    define: { 'import.meta.url': JSON.stringify(SOURCES) },
  })
  const { args, command } = pinned(SERVER_CORE, process.execPath, [file])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const piece of child.stdout) text += piece
  return JSON.parse(text) as readonly RunCost[]
}
