import { type Exchange, lastingOf, type Variable } from 'gateway/plugin'
import { FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import type { FailureCode } from './failure.ts'

/** What the runs of a request have used. */
interface RunFigures {
  fuel: number
  memory: number
  code: FailureCode | undefined
}

/** Entries are taken out at the end of their requests: a WeakMap of them keeps the collector busy. */
const figures = new Map<Exchange, RunFigures>()

/** Notes what a run has used, for the variables. */
export function noteRun(
  x: Exchange,
  { fuel, memory }: Pick<RunResult, 'fuel' | 'memory'>,
  code: FailureCode | undefined,
): void {
  const known = figures.get(x)
  if (!known) {
    figures.set(x, { fuel, memory, code })
    lastingOf(x).atEnd(() => figures.delete(x))
    return
  }
  known.fuel += fuel
  known.memory = Math.max(known.memory, memory)
  known.code ??= code
}

/** Notes what was wrong beyond a run. */
export function noteFailure(x: Exchange, code: FailureCode): void {
  noteRun(x, { fuel: 0, memory: 0 }, code)
}

/** What the scripts of a request have used so far; undefined where none was run. */
export function figuresOf(x: Exchange): Readonly<RunFigures> | undefined {
  return figures.get(x)
}

const DIGITS = 3

/** `$script_…`: what the script of a request has used. */
export const variables: Readonly<Record<string, Variable>> = {
  script_fuel: {
    doc: 'Fuel that the scripts of the request burnt: the same for the same work.',
    get: (x) => shown(x, ({ fuel }) => `${fuel}`),
  },
  script_cpu: {
    doc: 'Processor time that this fuel stands for, in milliseconds.',
    get: (x) => shown(x, ({ fuel }) => cpuText(fuel)),
  },
  script_memory: {
    doc: 'The most memory a script of the request had, in bytes.',
    get: (x) => shown(x, ({ memory }) => `${memory}`),
  },
  script_error: {
    doc: 'The code of what went wrong with a script of the request, as Gateway-Error has it.',
    get: (x) => shown(x, ({ code }) => code),
  },
}

/** The processor time that fuel stands for, in milliseconds. */
export function cpuText(fuel: number): string {
  return (fuel / FUEL_PER_MS).toFixed(DIGITS)
}

function shown(x: Exchange, show: (found: RunFigures) => string | undefined): string | undefined {
  const found = figuresOf(x)
  return found && show(found)
}
