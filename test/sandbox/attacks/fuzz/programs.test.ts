import { expect, test } from 'vitest'
import { SCRIPT_GLOBAL } from '../../../../sandbox/border/script-global.ts'
import type { Script } from '../../../../sandbox/engine/script.ts'
import type { Verdict } from '../../../../sandbox/engine/verdict.ts'
import { bootstrap } from '../../../../sandbox/guest/build.ts'
import { PARTS } from '../../../../sandbox/guest/part-names.ts'
import { LoadingHost } from '../../../../sandbox/host/loading-host.ts'
import { randomNumbers } from '../../../soak/random.ts'
import { PATIENCE, scale } from '../../../soak/scale.ts'
import { GlassPool } from '../../engine/glass-pool.ts'
import { limits } from '../../engine/harness.ts'
import { WholeHost } from '../../host/whole-host.ts'
import { PROBE } from '../probe.ts'
import { program } from './programs.ts'

const PROGRAMS = scale(1500, 100_000)
const SEED = Number(process.env.GATEWAY_SEED ?? 20_261_121)
/** Every how many programs the whole memory is looked at: it takes its time. */
const LOOK_EVERY = 25
/** A run that still waits after so many turns of the event loop is given up. */
const TURNS = 10
const STRICT = limits({ cpu: 4, request: 8, jobs: 500, tickets: 50 })

/** How a program may end. The host's failing, and the engine's, are none of them. */
const ENDS: readonly Verdict[] = ['done', 'cpu', 'memory', 'stack', 'jobs', 'error', 'aborted']

const glass = new GlassPool(1, await bootstrap(PARTS))
const source = `${PROBE}
  const AsyncFunction = (async () => {}).constructor, { Response } = globalThis
  Object.assign(globalThis, { zeros, floats, table, list })
  globalThis.${SCRIPT_GLOBAL} = { default: { fetch(request, env, ctx) {
    const code = request.headers.get('x-code')
    return code === null ? new Response(probe()) : new AsyncFunction('request', 'env', 'ctx', code)(request, env, ctx)
  } } }`
const [script, other] = ['script', 'other'].map((name) => {
  return glass.script({ name, source, host: new LoadingHost() })
}) as [Script, Script]

async function run(of: Script, code?: string) {
  const gone = new AbortController()
  const over = () => void setImmediate(() => gone.abort())
  const host = new WholeHost({
    request: code === undefined ? {} : { headers: { 'x-code': code } },
    over,
  })
  const running = glass.pool.run(of, 'fetch', [], host, { limits: STRICT, signal: gone.signal })
  for (let turn = 0; running instanceof Promise && turn < TURNS; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  gone.abort()
  const result = await running
  host.close()
  const { fields, kind, status } = host.outcome
  return { ...result, fields, kind, status }
}

test(
  `${PROGRAMS} programs end as they may, and leave nothing`,
  async () => {
    const random = randomNumbers(SEED)
    const before = [await run(script), await run(other)]
    const ends = new Map<Verdict, number>()
    for (let number = 0; number < PROGRAMS; number++) {
      const code = program(random)
      const { verdict, cause } = await run(script, code)
      ends.set(verdict, (ends.get(verdict) ?? 0) + 1)
      const told = `seed ${SEED}, program ${number}: ${code}\n${String(cause)}`
      expect(ENDS, told).toContain(verdict)
      if (number % LOOK_EVERY === 0) {
        const soiled = verdict !== 'done' && verdict !== 'aborted'
        expect(glass.leftovers(script, soiled ? 'all' : 'reachable'), told).toEqual([])
      }
      expect(await run(script), told).toEqual(before[0])
      if (number % LOOK_EVERY === 1) {
        expect(glass.leftovers(other, 'all'), told).toEqual([])
      }
      if (number % LOOK_EVERY === 0) expect(await run(other), told).toEqual(before[1])
    }
    for (const verdict of ['done', 'cpu', 'error'] as const) {
      expect(ends.get(verdict), verdict).toBeGreaterThan(0)
    }
  },
  PATIENCE,
)
