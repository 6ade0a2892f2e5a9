import type { Awaitable, Crossing, GuestHost } from '../../../sandbox/border/crossing.ts'
import { Op } from '../../../sandbox/border/ops.ts'
import { bellard } from '../../../sandbox/engine/builds/bellard.ts'
import { createEngine } from '../../../sandbox/engine/engine.ts'
import { loadEngineModule } from '../../../sandbox/engine/engine-module.ts'
import {
  DEFAULT_ENGINE_LIMITS,
  DEFAULT_LIMITS,
  type Limits,
} from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import { BOOTSTRAP } from './bootstrap.ts'

export const engine = createEngine()
export const engineModule = loadEngineModule(bellard, DEFAULT_ENGINE_LIMITS.memory)
export const base = engine.base(BOOTSTRAP)

/** Ops of the tests' host. */
export const ASK = { echo: 400, later: 401, refuse: 402, refuseLater: 403, break: 404 } as const

/** A host that remembers the answer that went out. */
export class TestHost implements GuestHost {
  body: Crossing
  readonly asked: Crossing[][] = []
  readonly #answer: (op: number, a: Crossing) => Crossing | Promise<Crossing>

  constructor(answer: (op: number, a: Crossing) => Crossing | Promise<Crossing> = (_, a) => a) {
    this.#answer = answer
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    if (op === Op.out) {
      this.body = c
      return undefined
    }
    this.asked.push([op, a, b, c])
    return this.#answer(op, a)
  }
}

export interface Answer extends RunResult {
  readonly body: Crossing
}

/** Runs a script's hook once and waits for its end. */
export async function run(
  pool: Pool,
  script: Script,
  values: readonly Crossing[] = [],
  host = new TestHost(),
  options: RunOptions = {},
): Promise<Answer> {
  const result = await pool.run(script, 'fetch', values, host, options)
  return { ...result, body: host.body }
}

/** A script whose hook is this function's body, with `a`, `b` and `c` as parameters. */
export function hook(body: string, before = ''): Script {
  return base.script(`${before};handle((a, b, c) => {${body}\n})`)
}

/** Like {@link hook}; it may await. */
export function asyncHook(body: string, before = ''): Script {
  return base.script(`${before};handle(async (a, b, c) => {${body}\n})`)
}

export function limits(change: Partial<Limits>): Limits {
  return { ...DEFAULT_LIMITS, ...change }
}

/** A value that is there now; a test that gets a promise fails. */
export function now<T>(value: Awaitable<T>): T {
  if (value instanceof Promise) throw new Error('the run waits')
  return value
}
