import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { show } from '../output.ts'
import { type Question, questionOf } from './ask.ts'
import { Playground, ScriptRefused } from './playground.ts'
import type { ServerName } from './playground-config.ts'
import { type HookRun, reportOf } from './report.ts'
import type { ScriptWords } from './script-words.ts'

/** Microseconds of processor time a request, medians; and what a request used, all hooks together. */
interface BenchResult extends Pick<HookRun, 'fuel' | 'cpu' | 'memory'> {
  readonly requests: number
  /** All of the gateway's work for a request. */
  readonly whole: number
  /** Without a script: connection, request and a short answer. */
  readonly gateway: number
  /** What a request costs more because it begins with the script as it was loaded. */
  readonly isolation: number
  /** The script, and what it asked for. */
  readonly script: number
}

const MEASURED = ['fresh', 'reuse', 'bare'] as const
type Measured = (typeof MEASURED)[number]

/** Requests under way at a time. */
const CONNECTIONS = 8
/** Requests between two looks at the processor time, and before the first. */
const BATCH = 100
const WARM_UP = 4 * BATCH

/** `gateway script bench`: what a request costs. */
export async function benchScript(words: ScriptWords): Promise<void> {
  const question = questionOf(words)
  const playground = await Playground.start(words)
  try {
    await playground.ask('shown', question)
    const batches = await measure(playground, question, words.seconds)
    await playground.finish()
    const { failure, runs } = reportOf(playground.read('log'))
    if (failure) throw new ScriptRefused(`${failure.code}: ${failure.text}`)
    if (runs.length === 0) throw new ScriptRefused('no hook of the script took part')
    const result = resultOf(batches, runs)
    show(words.form === 'json' ? JSON.stringify(result, undefined, 2) : asText(result, words))
  } finally {
    await playground.close()
  }
}

type Batches = Readonly<Record<Measured, readonly number[]>>

/** Batch by batch in turns, so that whatever else the machine does falls on all of them. */
async function measure(
  playground: Playground,
  question: Question,
  seconds: number,
): Promise<Batches> {
  const batches: Record<Measured, number[]> = { fresh: [], reuse: [], bare: [] }
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const send = (server: ServerName, count: number) =>
    askMany(playground, server, { ...question, agent }, count)
  try {
    for (const server of MEASURED) await send(server, WARM_UP)
    const end = performance.now() + seconds * 1000
    do {
      for (const server of MEASURED) {
        const before = cpuOf(playground.pid)
        await send(server, BATCH)
        batches[server].push((cpuOf(playground.pid) - before) / BATCH)
      }
    } while (performance.now() < end)
  } finally {
    agent.destroy()
  }
  return batches
}

async function askMany(
  playground: Playground,
  server: ServerName,
  question: Question,
  count: number,
): Promise<void> {
  let left = count
  const one = async () => {
    while (left-- > 0) await playground.ask(server, question)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
}

/** Processor time of a process so far, all threads, in microseconds. */
function cpuOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1')
    nanoseconds += Number(text.slice(0, text.indexOf(' ')))
  }
  return nanoseconds / 1000
}

function resultOf({ fresh, reuse, bare }: Batches, runs: readonly HookRun[]): BenchResult {
  const [whole, kept, gateway] = [median(fresh), median(reuse), median(bare)]
  const isolation = Math.max(whole - kept, 0)
  const script = Math.max(whole - gateway - isolation, 0)
  const fuel = sum(runs.map((run) => run.fuel))
  const cpu = sum(runs.map((run) => run.cpu))
  const memory = Math.max(...runs.map((run) => run.memory))
  const requests = fresh.length * BATCH
  return { requests, whole, gateway, isolation, script, fuel, cpu, memory }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

function asText(result: BenchResult, { method, url }: ScriptWords): string {
  const { requests, whole, gateway, isolation, script, fuel, cpu, memory } = result
  const row = (name: string, value: string, note: string) =>
    `${name.padEnd(12)}${value.padStart(10)}  ${note}`
  const time = (name: string, value: number, note: string) =>
    row(name, `${value.toFixed(1)} µs`, note)
  return [
    `${requests} requests ${method ?? ''} ${url}, CPU of each (median)`.replace('  ', ' '),
    '',
    time('whole', whole, 'all of it'),
    time('gateway', gateway, 'a request without a script'),
    time('script', script, 'the script, and what it asks for'),
    time('isolation', isolation, 'a fresh heap each time, which `state: reuse` has not'),
    row('fuel', `${fuel}`, `stands for ${cpu} ms; the same on every machine`),
    row('memory', `${memory}`, 'bytes, at most'),
  ].join('\n')
}
