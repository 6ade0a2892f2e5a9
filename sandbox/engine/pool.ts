import type { Awaitable, Crossing, GuestHost } from '../border/crossing.ts'
import { poolClosed } from './errors.ts'
import type { Differ } from './image.ts'
import { DEFAULT_LIMITS, type Limits, MAX_SWAPPED, MAX_SWAPPED_RUN } from './limits.ts'
import { Place } from './place.ts'
import { Run } from './run.ts'
import type { Script } from './script.ts'
import type { Slot } from './slot.ts'
import type { RunResult } from './verdict.ts'

/** How a run is done. */
export interface RunOptions {
  /** Complete, so that nothing is merged for each run; see {@link DEFAULT_LIMITS}. */
  readonly limits?: Limits
  /** `now`, or together with all others of this turn of the event loop, script by script. */
  readonly when?: 'now' | 'batch'
  /** `reuse` leaves the guest as it is for the next run of its script. */
  readonly state?: 'fresh' | 'reuse'
  /** Gives the run up while it waits; looked at only once it does. */
  readonly signal?: AbortSignal
  /** Is told what the run has burnt so far, after each turn that was not its last. */
  burnt?(fuel: number): void
}

interface Visit {
  readonly run: Run
  readonly options: RunOptions
  place: Place | undefined
  finish: (result: RunResult) => void
}

/**
 * Slots, and the runs that take turns in them. A run that waits stays in its slot as long as nobody
 * else needs it, and is swapped out then. There may be any number of runs, but only so many slots.
 */
export class Pool {
  readonly #makeSlot: () => Slot
  readonly #differ: Differ
  readonly #size: number
  readonly #places: Place[] = []
  readonly #visits = new Map<Run, Visit>()
  /** Bytes of the runs that wait outside of slots. */
  #swapped = 0
  #ready: Visit[] = []
  #state: 'open' | 'closed' = 'open'

  constructor(size: number, makeSlot: () => Slot, differ: Differ) {
    this.#size = size
    this.#makeSlot = makeSlot
    this.#differ = differ
  }

  /** Runs that have begun and not ended. */
  get active(): number {
    return this.#visits.size
  }

  /**
   * Calls a script's hook. The result comes at once where the run never waits, and is not queued;
   * whatever the guest does, it is a result and never an exception.
   */
  run(
    script: Script,
    hook: string | number,
    values: readonly Crossing[],
    host: GuestHost,
    options: RunOptions = {},
  ): Awaitable<RunResult> {
    if (this.#state === 'closed') throw poolClosed()
    const { limits = DEFAULT_LIMITS, state = 'fresh', when = 'now' } = options
    const wake = () => this.#queue(visit)
    const start = { script, host, limits, state, hook, values, wake, watcher: options }
    const run = new Run(start)
    const visit: Visit = { run, options, place: undefined, finish: () => {} }
    const place = when === 'now' ? this.#placeFor(run) : undefined
    if (place) this.#attend(visit, place)
    else this.#queue(visit)
    if (run.result) return run.result
    return this.#later(visit)
  }

  /** Gives up all runs. */
  close(): void {
    this.#state = 'closed'
    for (const visit of this.#visits.values()) this.#abort(visit)
    this.#ready = []
    this.#places.length = 0
  }

  #later(visit: Visit): Promise<RunResult> {
    const { signal } = visit.options
    this.#visits.set(visit.run, visit)
    const abort = () => this.#abort(visit)
    signal?.addEventListener('abort', abort, { once: true })
    return new Promise((resolve) => {
      visit.finish = (result) => {
        signal?.removeEventListener('abort', abort)
        this.#visits.delete(visit.run)
        resolve(result)
      }
      if (signal?.aborted) abort()
    })
  }

  #abort(visit: Visit): void {
    if (visit.place?.busy || visit.run.result) return
    this.#giveUp(visit, 'aborted')
  }

  #giveUp(visit: Visit, verdict: 'aborted' | 'memory'): void {
    this.#swapped -= visit.run.saved?.size ?? 0
    const result = visit.run.giveUp(verdict)
    visit.place?.leave(visit.run)
    visit.finish(result)
  }

  /** All of a turn of the event loop together: what the processor has cached serves many. */
  #queue(visit: Visit): void {
    if (this.#ready.push(visit) === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const ready = this.#ready.filter(({ run }) => !run.result)
    this.#ready = []
    for (const visit of inOrder(ready)) {
      // One that ran before it may have given it up.
      if (visit.run.result) continue
      const place = visit.place ?? this.#placeFor(visit.run)
      if (place) this.#attend(visit, place)
      else this.#queue(visit)
      if (visit.run.result) visit.finish(visit.run.result)
    }
  }

  #attend(visit: Visit, place: Place): void {
    const { run } = visit
    place.attend(run)
    visit.place = run.result ? undefined : place
    if (run.result) place.leave(run)
    else if (visit.options.signal?.aborted || this.#state === 'closed') this.#abort(visit)
  }

  /** A place with the run's state in it; none where all are in the middle of a turn. */
  #placeFor(run: Run): Place | undefined {
    const place =
      this.#places.find((each) => each.isFree && each.holds(run)) ??
      this.#freePlace() ??
      this.#newPlace() ??
      this.#emptiedPlace()
    if (!place) return undefined
    this.#swapped -= run.saved?.size ?? 0
    place.prepare(run)
    return place
  }

  #freePlace(): Place | undefined {
    return oldest(this.#places.filter((each) => each.isFree))
  }

  #newPlace(): Place | undefined {
    if (this.#places.length >= this.#size) return undefined
    const place = new Place(this.#makeSlot())
    this.#places.push(place)
    return place
  }

  #emptiedPlace(): Place | undefined {
    const place = oldest(this.#places.filter((each) => !each.busy))
    const run = place?.swapOut(this.#differ)
    const visit = run && this.#visits.get(run)
    if (visit) this.#keep(visit, run.saved?.size ?? 0)
    return place
  }

  /** What waits outside takes our memory, not the guest's own, so there is an end to it. */
  #keep(visit: Visit, size: number): void {
    visit.place = undefined
    this.#swapped += size
    if (size > MAX_SWAPPED_RUN || this.#swapped > MAX_SWAPPED) this.#giveUp(visit, 'memory')
  }
}

/** Those first whose state is in a slot, so that it need not be saved; then script by script. */
function inOrder(visits: readonly Visit[]): Visit[] {
  const scripts = new Map<Script | Place, Visit[]>()
  for (const visit of visits) {
    const key = visit.place ?? visit.run.script
    const group = scripts.get(key)
    if (group) group.push(visit)
    else scripts.set(key, [visit])
  }
  return [...scripts.values()].flat().sort((a, b) => Number(!a.place) - Number(!b.place))
}

function oldest(places: readonly Place[]): Place | undefined {
  return places.reduce<Place | undefined>((best, each) => {
    return best && best.used <= each.used ? best : each
  }, undefined)
}
