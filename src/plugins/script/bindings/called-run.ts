import { type Exchange, mainOf } from 'gateway/plugin'
import { FUEL_PER_MS, type Limits } from '../../../../sandbox/engine/limits.ts'
import type { RunResult } from '../../../../sandbox/engine/verdict.ts'
import { noteRun } from '../variables.ts'
import type { Reach } from './reach.ts'

/** Of a millisecond. */
const MICROSECONDS = 1000

/** The limits of a run that was called: it has what is left of the request's time. */
export function limitsOfCall(limits: Limits, { allowances }: Reach, x: Exchange): Limits {
  const left = allowances.of(x).budget.left / MICROSECONDS
  return { ...limits, request: Math.min(limits.request, left) }
}

/** What it has burnt is the request's; that it failed is its caller's business. */
export function chargeCall(result: RunResult, { allowances }: Reach, x: Exchange): void {
  allowances.of(x).budget.charge((result.fuel / FUEL_PER_MS) * MICROSECONDS)
  noteRun(mainOf(x), result, undefined)
}
