import { describe, expect, test } from 'vitest'
import { SCRIPT_GLOBAL } from '../../../sandbox/border/script-global.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../sandbox/engine/limits.ts'
import { bootstrap } from '../../../sandbox/guest/build.ts'
import { PARTS } from '../../../sandbox/guest/part-names.ts'
import { LoadingHost } from '../../../sandbox/host/loading-host.ts'
import { GlassPool } from '../engine/glass-pool.ts'
import { limits } from '../engine/harness.ts'
import { WholeHost } from '../host/whole-host.ts'
import { type Attack, isExact } from './attack.ts'
import { excessOf } from './cpu-time.ts'
import { GATEWAY_ATTACKS, SECRET, VICTIM } from './victim.ts'
import { OF_REQUESTS } from './web-corpus.ts'

const glass = new GlassPool(1, await bootstrap(PARTS))
const source = `${VICTIM.replace('export default', `globalThis.${SCRIPT_GLOBAL} = { default:`)}}`
const bindings = { SECRET: { kind: 'value', value: SECRET } } as const
const [victim, other] = ['victim', 'other'].map((name) => {
  return glass.script({ name, source, host: new LoadingHost({ bindings }) })
}) as [ReturnType<GlassPool['script']>, ReturnType<GlassPool['script']>]

/** One request: with the number of an attack, or to see what it has left. */
async function request(script = victim, attack?: number, under = DEFAULT_LIMITS) {
  const gone = new AbortController()
  const headers = attack === undefined ? {} : { 'x-attack': `${attack}` }
  const over = () => void setImmediate(() => gone.abort())
  const milliseconds = under.request
  const host = new WholeHost({ request: { headers }, milliseconds, over })
  const result = await glass.pool.run(script, 'fetch', [], host, {
    limits: under,
    signal: gone.signal,
    budget: () => host.budget,
  })
  host.close()
  // What was answered is answered, whatever was left to wait for.
  const verdict = result.verdict === 'aborted' ? 'done' : result.verdict
  const { kind, status, fields, error, logs } = host.outcome
  return { ...result, verdict, kind, status, fields, logs, told: error ?? result.error }
}

const expected = await request()

describe.each(GATEWAY_ATTACKS.map((attack, number) => ({ ...attack, number })))(
  '$code: $name',
  ({ number, ...attack }) => {
    test('ends with its verdict, and leaves nothing', async () => {
      const before = await request()
      const first = await request(victim, number, limitsOf(attack))
      expect({ verdict: first.verdict, code: codeOf(first) }).toEqual({
        verdict: attack.verdict,
        code: attack.code,
      })
      const extent = attack.verdict === 'done' ? 'reachable' : 'all'
      expect(glass.leftovers(victim, extent)).toEqual([])
      expect(await request()).toEqual(before)
      const second = await request(victim, number, limitsOf(attack))
      if (isExact(attack)) expect(second.fuel).toBe(first.fuel)
      expect(glass.leftovers(other, 'all')).toEqual([])
      expect(await request(other)).toEqual(expected)
    })

    test('takes no more than 1.6 times its processor time', async () => {
      const { cpu, request: most } = DEFAULT_LIMITS
      const limit = OF_REQUESTS.has(attack.name) ? most : cpu
      const strike = () => request(victim, number, limits({ request: limit }))
      const loop = () => request(victim, 0)
      expect(await excessOf(limit, strike, loop)).toBe(0)
    })
  },
)

/** Memory and jobs are used up by work, for which there must be time enough. */
function limitsOf({ verdict }: Attack): Limits {
  return verdict === 'memory' || verdict === 'jobs'
    ? limits({ cpu: 500, request: 500 })
    : DEFAULT_LIMITS
}

/** What the gateway would say. */
function codeOf({ verdict, kind, told }: Awaited<ReturnType<typeof request>>): string {
  if (verdict !== 'done') return `script_${verdict}`
  if (kind === 'broken') return (told as { readonly code: string }).code
  return kind === 'answered' ? 'none' : 'script_no_answer'
}
