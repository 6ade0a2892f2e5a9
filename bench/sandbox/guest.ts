/**
 * What a run costs in processor time, guest and isolation together, with all of the web API in the
 * image. Rounds are interleaved; medians are printed, as JSON. Run by sandbox.ts.
 */
import { createEngine } from '../../sandbox/engine/engine.ts'
import type { RunResult } from '../../sandbox/engine/verdict.ts'
import { bootstrap } from '../../sandbox/guest/build.ts'
import { PARTS } from '../../sandbox/guest/part-names.ts'
import { LoadingHost } from '../../sandbox/host/loading-host.ts'
import type { RequestView } from '../../sandbox/host/message-view.ts'
import { RequestHost } from '../../sandbox/host/request-host.ts'
import type { RunEvents } from '../../sandbox/host/run-events.ts'
import { median } from '../statistics.ts'
import type { RunCost } from './run-cost.ts'
import { HEADERS, SCRIPTS } from './scripts.ts'

const ROUNDS = 15
const ROUND_MS = 40
const WARM_UP = 20

const engine = createEngine()
const base = engine.base(await bootstrap(PARTS))

const request: RequestView = {
  method: 'GET',
  url: 'https://shop.example.com/api/v2/orders/12345?expand=items',
  body: undefined,
  header: (name) => HEADERS[name],
  fields: () => Object.entries(HEADERS).flat(),
  gateway: () => undefined,
}

const nothing = () => {}
const sink = { write: nothing, end: nothing, fail: nothing }
const events: RunEvents = {
  answered: () => sink,
  broken: (error) => {
    throw error
  },
  passed: nothing,
  found: nothing,
  rewritten: nothing,
  reported: nothing,
  logged: nothing,
  passThrough: nothing,
  upstream: nothing,
  over: nothing,
}

/** What a namespace gives: an empty line for its metadata, then the value. */
const call = () => Promise.resolve('\nvalue')

interface Row {
  readonly name: string
  readonly once: () => RunResult | Promise<RunResult>
  readonly samples: number[]
  times: number
  fuel: number
}

const rows: Row[] = Object.entries(SCRIPTS).map(([name, source]) => {
  const pool = engine.pool(1)
  const script = base.script(source, { name, host: loading() })
  return row(name, () => pool.run(script, 'fetch', [], new RequestHost({ request, events, call })))
})
const others = [0, 1].map(() => base.script(SCRIPTS.trivial, { host: loading() }))
const shared = engine.pool(1)
let turn = 0
rows.push(
  row('trivial, another tenant each time', () => {
    const script = others[turn++ & 1] as (typeof others)[number]
    return shared.run(script, 'fetch', [], new RequestHost({ request, events }))
  }),
)

function loading(): LoadingHost {
  return new LoadingHost({ bindings: { KV: { kind: 'kv', namespace: 0 } } })
}

function row(name: string, once: Row['once']): Row {
  return { name, once, samples: [], times: 100, fuel: 0 }
}

/** Microseconds of processor time for one run. */
async function measure({ once, times }: Row): Promise<number> {
  const before = process.cpuUsage()
  for (let each = 0; each < times; each++) {
    const result = once()
    if (result instanceof Promise) await result
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / times
}

for (const each of rows) {
  const result = await each.once()
  if (result.verdict !== 'done') throw new Error(`${each.name}: ${result.verdict}`)
  each.fuel = result.fuel
  for (let warm = 0; warm < WARM_UP; warm++) await measure(each)
  each.times = Math.max(10, Math.round((ROUND_MS * 1000) / (await measure(each))))
}
for (let round = 0; round < ROUNDS; round++) {
  for (const each of rows) each.samples.push(await measure(each))
}
const costs: RunCost[] = rows.map(({ name, samples, fuel }) => {
  return { name, cpu: median(samples), least: Math.min(...samples), fuel }
})
console.log(JSON.stringify(costs))
