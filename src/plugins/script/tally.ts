import type { SharedZone } from 'gateway/plugin'
import type { RunResult } from '../../../sandbox/engine/verdict.ts'
import type { FailureCode } from './failure.ts'

/** What is counted of a script. */
interface Counts {
  runs: number
  fuel: number
  /** The most bytes a run had. */
  memory: number
  readonly failures: Partial<Record<FailureCode, number>>
}

/** How long this worker keeps what it has counted to itself, in milliseconds. */
const KEPT = 500
/** Changes of a zone in one turn of the event loop: a millisecond. */
const AT_ONCE = 100

const waiting = new Set<Tally>()
let isTimed = false
let isWatching = false

/**
 * Counts what the script of a location does. A change of a zone costs more than a small script: what
 * was counted is added to the zone twice a second, and when the worker ends.
 */
export class Tally {
  readonly #zone: SharedZone
  readonly #key: string
  #counts = nothing()

  constructor(
    zone: SharedZone,
    { file, tenant }: { readonly file: string; readonly tenant: string },
  ) {
    this.#zone = zone
    this.#key = `${tenant} ${file}`
  }

  ran({ fuel, memory }: RunResult, code: FailureCode | undefined): void {
    this.#counts.runs++
    this.#counts.fuel += fuel
    this.#counts.memory = Math.max(this.#counts.memory, memory)
    if (code === undefined) this.#wait()
    else this.failed(code)
  }

  /** Also of a request for which there was no run. */
  failed(code: FailureCode): void {
    const { failures } = this.#counts
    failures[code] = (failures[code] ?? 0) + 1
    this.#wait()
  }

  /** Adds it to what others have counted. */
  flush(): void {
    const counts = this.#counts
    const outcome = this.#zone.update(this.#key, (before) => {
      return JSON.stringify(before === undefined ? counts : sum(JSON.parse(before), counts))
    })
    if (outcome === 'busy') this.#wait()
    else this.#counts = nothing()
  }

  #wait(): void {
    waiting.add(this)
    if (!isWatching) process.once('exit', () => flush(waiting.size))
    isWatching = true
    flushIn(KEPT)
  }
}

/** With many scripts it is several turns of the event loop. */
function flushSome(): void {
  isTimed = false
  flush(AT_ONCE)
  if (waiting.size > 0) flushIn(0)
}

function flushIn(milliseconds: number): void {
  if (!isTimed) setTimeout(flushSome, milliseconds).unref()
  isTimed = true
}

function flush(most: number): void {
  const some = [...waiting].slice(0, most)
  for (const tally of some) waiting.delete(tally)
  for (const tally of some) tally.flush()
}

function sum(before: Counts, more: Counts): Counts {
  const failures = { ...before.failures }
  for (const [code, count] of Object.entries(more.failures) as [FailureCode, number][]) {
    failures[code] = (failures[code] ?? 0) + count
  }
  return {
    runs: before.runs + more.runs,
    fuel: before.fuel + more.fuel,
    memory: Math.max(before.memory, more.memory),
    failures,
  }
}

function nothing(): Counts {
  return { runs: 0, fuel: 0, memory: 0, failures: {} }
}
