import { mainOf } from 'gateway/plugin'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import type { Deployment } from './deployment.ts'
import type { FailureCode } from './failure.ts'
import { exchangeOf, type Occasion } from './occasion.ts'
import type { Timing } from './server-timing.ts'
import type { Task } from './task.ts'
import { noteRun } from './variables.ts'

/** Whose account it is. */
interface Owner {
  readonly x: Occasion
  readonly deployment: Deployment
  readonly task: Task
  readonly timing: Timing | undefined
}

/** Counts what a run has used, for everybody who wants to know. */
export function account(
  { deployment, task, timing, x }: Owner,
  result: RunResult,
  code: FailureCode | undefined,
): void {
  deployment.left(result, x.aborted ? undefined : code)
  if (timing) timing.fuel = result.fuel
  const exchange = exchangeOf(x)
  if (exchange.location.debug) deployment.ended(exchange, task.hook, result)
  if (task.depth) noteRun(mainOf(exchange), result, undefined)
  else noteRun(exchange, result, code)
}
