import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import * as ops from '../../../../sandbox/border/ops.ts'
import { Refusal } from '../../../../sandbox/border/refusal.ts'
import { Egress } from '../../../../sandbox/host/fetch/egress.ts'
import { KvStore } from '../../../../sandbox/host/kv/kv-store.ts'
import { ROOT } from '../../../harness/build.ts'
import { sqliteMissing } from '../../../harness/sqlite-missing.ts'
import { randomNumbers } from '../../../soak/random.ts'
import { PATIENCE, scale } from '../../../soak/scale.ts'
import { rules } from '../fetch/client.ts'
import { origin } from '../fetch/origin.ts'
import { WholeHost } from '../whole-host.ts'
import { hostile, mutated, pick, type Random } from './hostile-values.ts'
import { RIGHT_CALLS } from './right-calls.ts'

const CALLS = scale(20_000, 1_000_000)
const CALLS_OF_A_RUN = 40
const SEED = Number(process.env.GATEWAY_SEED ?? 20_261_121)
/** What one call may take of the processor, in milliseconds: no limit of the guest ends it. */
const LONGEST_CALL = 1000
/** What the host may hold when all runs are over, beyond what it held before, in bytes. */
const MOST_KEPT = 128 * 2 ** 20

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const folder = mkdtempSync(join(tmpdir(), 'gateway-fuzz-'))
const store = new KvStore(folder)
afterAll(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

const FAMILIES: readonly (readonly number[])[] = Object.values(ops).flatMap((family) => {
  return typeof family === 'number' ? [] : [Object.values(family as Record<string, number>)]
})
const OPS = FAMILIES.flat()
/** How many calls of a run are of its own family, and after how many it lets others work. */
const FAITHFUL = 0.7
const PAUSES = 0.2

test('every op there is has calls that are in order', () => {
  // Those of plugin records have a fuzz of their own.
  const ours = OPS.filter((op) => op < ops.RECORD_OPS.first)
  expect([...RIGHT_CALLS.keys()].sort()).toEqual(ours.sort())
})

test(
  `${CALLS} calls of every op with whatever can cross are answered or refused`,
  async () => {
    const random = randomNumbers(SEED)
    const server = await origin((_, response) => response.end('answer'))
    const egress = new Egress({
      rules: rules([`api.example:80`, `127.0.0.1:${server.port}`]),
      resolve: async () => ['169.254.169.254'],
    })
    const wrong: string[] = []
    const before = kept()
    for (let done = 0; done < CALLS; done += CALLS_OF_A_RUN) {
      const host = new WholeHost({
        egress,
        request: { method: 'POST', body: 'a body' },
        namespaces: sqliteMissing ? [] : [() => store.namespace('fuzz')],
      })
      const told = (what: string) => wrong.push(`seed ${SEED}, run ${done}: ${what}`)
      const family = pick(random, FAMILIES)
      for (let each = 0; each < CALLS_OF_A_RUN; each++) {
        ask(host, someCall(random, random() < FAITHFUL ? family : OPS), told)
        if (random() < PAUSES) await new Promise((resolve) => setImmediate(resolve))
      }
      wrong.push(...unsendable(host))
      host.close()
      if (wrong.length > 20) break
    }
    expect(wrong).toEqual([])
    await egress.close()
    expect(kept() - before).toBeLessThan(MOST_KEPT)
  },
  PATIENCE,
)

type Call = readonly [op: number, ...values: Crossing[]]

/** One in order, one with something wrong about it, or any op with anything. */
function someCall(random: Random, of: readonly number[]): Call {
  const op = pick(random, of)
  const values = pick(random, RIGHT_CALLS.get(op) ?? [[]])
  const kind = random()
  if (kind < 0.02) return [Number(hostile(random)), hostile(random), hostile(random)]
  if (kind < 0.25) return [op, hostile(random), hostile(random), hostile(random)]
  if (kind < 0.65) return [op, ...values]
  const at = Math.floor(random() * 3)
  const change = random() < 0.5 ? mutated : hostile
  return [op, ...[0, 1, 2].map((i) => (i === at ? change(random, values[i]) : values[i]))]
}

function ask(host: WholeHost, [op, a, b, c]: Call, told: (what: string) => void): void {
  const say = (what: string) => told(`op ${op} (${[a, b, c].map(shown).join(', ')}): ${what}`)
  const check = (answer: unknown) => {
    if (!isCrossing(answer)) say(`answered ${String(answer)}`)
  }
  const refused = (error: unknown) => faultsIn(error).forEach(say)
  const began = process.cpuUsage()
  try {
    const answer = host.call(op, a, b, c)
    if (answer instanceof Promise) answer.then(check, refused)
    else check(answer)
  } catch (error) {
    refused(error)
  }
  const { user } = process.cpuUsage(began)
  if (user > 1000 * LONGEST_CALL) say(`took ${user / 1000} ms`)
}

/** What a guest must not see: an error that is no refusal, or one that tells of the host. */
function faultsIn(error: unknown): string[] {
  if (!(error instanceof Refusal)) return [`failed: ${(error as Error)?.stack ?? error}`]
  const text = `${error.name}: ${error.message}`
  const tells = TELLTALE.test(text) || text.includes(ROOT) || text.length > 500
  return tells ? [`tells ${text.slice(0, 500)}`] : []
}

/** Paths, stacks and addresses of the host, and what its libraries are called. */
const TELLTALE =
  /\/(?:tmp|home|root|usr|var|proc)\/|node_modules|node:|\.[jt]s:\d|\n\s*at |SQLITE|undici|ERR_[A-Z]|E[A-Z]{5,}|169\.254/

function isCrossing(value: unknown): boolean {
  return value instanceof Uint8Array || ['undefined', 'number', 'string'].includes(typeof value)
}

/** Whatever was called, what went out can be sent. */
function unsendable({ outcome: { fields, kind, status } }: WholeHost): string[] {
  if (kind !== 'answered') return []
  const bad = fields.filter((text, i) => {
    return i % 2 === 0 ? !/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(text) : /[\0\r\n]/.test(text)
  })
  const wrong = status >= 200 && status <= 599 && Number.isInteger(status) ? [] : [`${status}`]
  return [...bad, ...wrong].map((text) => `answered with ${JSON.stringify(text)}`)
}

function kept(): number {
  collectGarbage()
  const { external, heapUsed } = process.memoryUsage()
  return external + heapUsed
}

function shown(value: Crossing): string {
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 80))}:${value.length}`
  return value instanceof Uint8Array ? `bytes:${value.length}` : String(value)
}
