import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section } from './section.ts'
import { startServer } from './server.ts'

const SAVES = 40
/** Milliseconds at the 95th percentile. */
const TARGET = 200
/** Milliseconds. */
const LOOK_EVERY = 2
const COMMAND = path.resolve(import.meta.dirname, '../dist/main.js')

const plugin = (text: string) => `import { definePlugin, flag } from 'gateway/plugin'
export default definePlugin({
  name: 'saved',
  directives: { saved: flag({ in: ['location'], default: false, doc: 'Answers.' }) },
  prepare: ({ saved }) => saved || undefined,
  content: (x) => x.respond(200, '${text}'),
})
`

/** How long it takes under `gateway dev` from a saved file to the first answer that shows it. */
export async function measureDevReload(fixtures: Fixtures): Promise<Section> {
  const server = await startServer('gateway-dev', fixtures.folder, (port) => ({
    command: process.execPath,
    args: [COMMAND, 'dev', '--json'],
    files: { 'gateway.yaml': yaml(port, ''), 'saved.ts': plugin('first') },
  }))
  const save = (name: string, text: string) => writeFileSync(path.join(server.dir, name), text)
  const times = { plugin: [] as number[], configuration: [] as number[] }
  try {
    for (let i = 0; i < SAVES; i++) {
      times.plugin.push(
        await shown(server.port, '/saved', `plugin ${i}`, () => {
          save('saved.ts', plugin(`plugin ${i}`))
        }),
      )
      times.configuration.push(
        await shown(server.port, '/', `line ${i}`, () => {
          save('gateway.yaml', yaml(server.port, `line ${i}`))
        }),
      )
    }
  } finally {
    await server.stop()
  }
  return {
    name: 'dev-reload',
    text: `gateway dev, from a saved file to the first answer that shows it, ${SAVES} times each`,
    columns: ['saved', 'median ms', '95 % ms', 'longest ms'],
    lines: Object.entries(times).map(([name, all]) => [
      name,
      ...[0.5, 0.95, 1].map((part) => at(all, part).toFixed(0)),
    ]),
    verdicts: Object.entries(times).map(([name, all]) =>
      judge(`a saved ${name} at 95 %`, at(all, 0.95), { most: TARGET }, ' ms'),
    ),
    notes: [],
  }
}

async function shown(port: number, target: string, text: string, save: () => void) {
  const from = performance.now()
  save()
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}${target}`)
    if ((await answer.text()) === text) return performance.now() - from
    await pause(LOOK_EVERY)
  }
}

function at(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0
}

const yaml = (port: number, text: string) => `pid: gateway.pid
plugins: ./saved.ts
http:
  server:
    - listen: 127.0.0.1:${port}
      location: { /: { return: 200 "${text}" }, /saved: { saved: on } }
`
