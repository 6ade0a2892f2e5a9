import type { ContenderName } from './contenders/contender.ts'
import { contenders } from './contenders/index.ts'
import type { Fixtures } from './fixtures.ts'
import { type Figures, measure } from './measure.ts'
import type { Options } from './options.ts'
import { startOrigin, startSink } from './origin.ts'
import type { Row, Target } from './rows.ts'
import { judge, type Section, type Verdict } from './section.ts'
import { type Server, startServer } from './server.ts'
import type { Work } from './work.ts'

const NODE_PROXIES = ['@fastify/http-proxy', 'http-proxy', 'httpxy']

/** Runs one row on every server that takes part in it. */
export async function compare(row: Row, fixtures: Fixtures, options: Options): Promise<Section> {
  const origin = await startRowOrigin(row, fixtures)
  const notes: string[] = []
  const servers: Server[] = []
  try {
    const work = workOf(row, origin?.port ?? 0, fixtures)
    for (const name of row.contenders) {
      try {
        servers.push(await startContender(name, work, fixtures))
      } catch (error) {
        notes.push(`${name} left out: ${(error as Error).message.split('\n')[0]}`)
      }
    }
    return toSection(row, await measure(servers, () => row.load, options, row.paced), notes)
  } finally {
    for (const server of servers) await server.stop()
    await origin?.stop()
  }
}

/** Starts the origin a row needs, if any. */
export async function startRowOrigin(row: Row, fixtures: Fixtures): Promise<Server | undefined> {
  if (row.work.kind !== 'proxy') return undefined
  if (row.work.origin === 'sink') return startSink(fixtures.folder)
  return startOrigin(fixtures.folder, fixtures.root)
}

/** A row's work with everything known that is known only now. */
export function workOf(row: Row, origin: number, fixtures: Fixtures): Work {
  const { work } = row
  switch (work.kind) {
    case 'return':
    case 'secure':
      return work
    case 'logged':
    case 'rewritten':
      return { kind: work.kind }
    case 'limited':
      return { kind: 'limited', root: fixtures.root }
    case 'proxy':
      return { kind: 'proxy', origin, streaming: work.streaming ?? false }
    case 'script':
      return work
    case 'filtered':
      return { kind: 'filtered', root: fixtures.root, filter: work.filter }
    case 'guarded':
      return { kind: 'guarded', root: fixtures.root, users: fixtures.users }
    case 'compressed':
      return { kind: 'compressed', root: fixtures.root }
    case 'static':
      return { kind: 'static', root: fixtures.root, gzip: work.gzip ?? false }
  }
}

export async function startContender(
  name: ContenderName,
  work: Work,
  fixtures: Fixtures,
): Promise<Server> {
  const missing = contenders[name].missing()
  if (missing !== undefined) throw new Error(missing)
  return startServer(name, fixtures.folder, (port, dir) => contenders[name].launch(work, port, dir))
}

function toSection(row: Row, figures: readonly Figures[], notes: readonly string[]): Section {
  const streams = 'direction' in row.load
  const reference = figures.find(({ name }) => name === 'nginx' || name === 'gateway, return')
  const of = (figure: 'cpu' | 'paced', { [figure]: value }: Figures) =>
    reference === undefined ? '' : (value / reference[figure]).toFixed(2)
  const ofReference = row.work.kind === 'script' ? 'of return' : 'of nginx'
  return {
    name: row.name,
    text: row.text,
    columns: [
      'server',
      streams ? 'CPU ms/request' : 'CPU µs/request',
      ofReference,
      ...(row.paced === undefined ? [] : ['paced µs', ofReference]),
      streams ? 'MB/s' : 'requests/s',
      'p50 ms',
      'p99 ms',
      'memory MB',
      'failed',
    ],
    lines: figures.map((each) => [
      each.name,
      streams ? (each.cpu / 1000).toFixed(1) : each.cpu.toFixed(2),
      of('cpu', each),
      ...(row.paced === undefined ? [] : [each.paced.toFixed(2), of('paced', each)]),
      Math.round(streams ? each.throughput : each.rate).toLocaleString('en'),
      latency(each.p50),
      latency(each.p99),
      (each.memory / 2 ** 20).toFixed(1),
      String(each.failed),
    ]),
    verdicts: row.targets.flatMap((target) => judgeTarget(target, figures)),
    notes,
  }
}

/** wrk knows no latencies where it pipelines. */
function latency(milliseconds: number): string {
  return milliseconds === 0 ? '-' : milliseconds.toFixed(2)
}

function judgeTarget(target: Target, figures: readonly Figures[]): Verdict[] {
  const gateway = figures.find((each) => each.name === 'gateway')
  const names = target.against === 'best Node proxy' ? NODE_PROXIES : [target.against]
  const others = figures.filter(({ name }) => names.includes(name))
  if (gateway === undefined || others.length === 0) return []
  const theirs = others.map((each) => each[target.figure])
  const best = target.figure === 'cpu' ? Math.min(...theirs) : Math.max(...theirs)
  const what = { cpu: 'CPU', throughput: 'throughput', rate: 'requests a second' }[target.figure]
  return [judge(`${what} to ${target.against}`, gateway[target.figure] / best, target)]
}
