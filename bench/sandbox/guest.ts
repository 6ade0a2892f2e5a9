/**
 * What a run costs in processor time, guest and isolation together: `npx tsx bench/sandbox/guest.ts`.
 * Rounds are interleaved; medians are shown.
 */
import type { Crossing, GuestHost } from '../../sandbox/border/crossing.ts'
import { Op } from '../../sandbox/border/ops.ts'
import { createEngine } from '../../sandbox/engine/engine.ts'
import type { RunResult } from '../../sandbox/engine/verdict.ts'
import { median } from '../statistics.ts'
import { BOOTSTRAP } from './bootstrap.ts'
import { HEADERS, SCRIPTS } from './scripts.ts'

const ROUNDS = 9
const ROUND_MS = 40
const URL = '/api/v2/orders/12345?expand=items'

const engine = createEngine()
const base = engine.base(BOOTSTRAP)
const other = base.script(SCRIPTS.trivial as string)

class Host implements GuestHost {
  body: Crossing

  call(op: number, a: Crossing, _: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    if (op === Op.out) this.body = c
    if (op === 16) return HEADERS[String(a).toLowerCase()]
    if (op === 17) return Promise.resolve('value')
    return undefined
  }
}

interface Row {
  readonly name: string
  readonly once: () => RunResult | Promise<RunResult>
  readonly samples: number[]
  times: number
  fuel: number
}

const rows: Row[] = Object.entries(SCRIPTS).map(([name, source]) => {
  const pool = engine.pool(1)
  const script = base.script(source, { name })
  return row(name, () => pool.run(script, 'fetch', ['GET', URL], new Host()))
})
const [alternating, turns] = [engine.pool(1), [base.script(SCRIPTS.trivial as string), other]]
let turn = 0
rows.push(
  row('trivial, another tenant each time', () =>
    alternating.run(turns[turn++ & 1] as typeof other, 'fetch', ['GET', URL], new Host()),
  ),
)

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
  for (let warm = 0; warm < 20; warm++) await measure(each)
  each.times = Math.max(10, Math.round((ROUND_MS * 1000) / (await measure(each))))
}
for (let round = 0; round < ROUNDS; round++) {
  for (const each of rows) each.samples.push(await measure(each))
}
console.log(`${engine.build.name}, base ${base.size} bytes`)
for (const { name, samples, fuel } of rows) {
  const text = `${median(samples).toFixed(1).padStart(7)} µs  ${String(fuel).padStart(7)} fuel`
  console.log(
    `${name.padEnd(36)}${text}  (${Math.min(...samples).toFixed(1)}–${Math.max(...samples).toFixed(1)})`,
  )
}
