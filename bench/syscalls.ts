import { spawn, spawnSync } from 'node:child_process'
import { startContender, startRowOrigin, workOf } from './compare.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { runLoad } from './load.ts'
import type { Options } from './options.ts'
import type { Row } from './rows.ts'
import type { Server } from './server.ts'
import { toText } from './table.ts'

type Counts = ReadonlyMap<string, number>

/** System calls per request of the gateway and nginx under a row's load, counted by strace. */
export async function countSystemCalls(
  row: Row,
  fixtures: Fixtures,
  options: Options,
): Promise<string> {
  if (spawnSync('strace', ['-V']).status !== 0) {
    throw new Error('strace is not installed: apt-get install strace')
  }
  const origin = await startRowOrigin(row, fixtures)
  const counts = new Map<string, Counts>()
  try {
    const work = workOf(row, origin?.port ?? 0, fixtures)
    for (const name of ['gateway', 'nginx'] as const) {
      if (contenders[name].missing() !== undefined) continue
      const server = await startContender(name, work, fixtures)
      counts.set(name, await countOne(server, row, options))
      await server.stop()
    }
  } finally {
    await origin?.stop()
  }
  return toText({
    name: row.name,
    text: 'system calls per request',
    columns: ['call', ...counts.keys()],
    lines: toLines([...counts.values()]),
    verdicts: [],
    notes: [],
  })
}

async function countOne(server: Server, row: Row, options: Options): Promise<Counts> {
  await runLoad(server.port, row.load, 1)
  const strace = spawn(
    'strace',
    ['-c', '-f', ...server.workers.flatMap((pid) => ['-p', String(pid)])],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let text = ''
  const attached = new Promise<void>((resolve, reject) => {
    strace.once('exit', () => reject(new Error(`strace failed: ${text}`)))
    strace.stderr.on('data', (piece) => {
      text += piece
      if (text.includes('attached')) resolve()
    })
  })
  await attached
  const { requests } = await runLoad(server.port, row.load, options.seconds)
  const exited = new Promise((resolve) => strace.once('close', resolve))
  strace.kill('SIGINT')
  await exited
  return new Map(
    [...text.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)]
      .filter(([, , call]) => call !== 'total')
      .map(([, count, call = '']) => [call, Number(count) / requests]),
  )
}

function toLines(counts: readonly Counts[]): string[][] {
  const sum = (each: Counts) => [...each.values()].reduce((total, count) => total + count, 0)
  const calls = [...new Set(counts.flatMap((each) => [...each.keys()]))]
  const most = (call: string) => Math.max(...counts.map((each) => each.get(call) ?? 0))
  const shown = calls.filter((call) => most(call) >= 0.001).sort((a, b) => most(b) - most(a))
  const line = (call: string) => [call, ...counts.map((each) => (each.get(call) ?? 0).toFixed(3))]
  return [...shown.map(line), ['all', ...counts.map((each) => sum(each).toFixed(3))]]
}
