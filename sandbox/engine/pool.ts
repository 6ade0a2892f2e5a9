import type { Awaitable, Crossing, GuestHost } from '../border/crossing.ts'
import { poolClosed } from './errors.ts'
import { HeavyScripts } from './heavy-scripts.ts'
import { DEFAULT_LIMITS, MAX_SWAPPED, MAX_SWAPPED_RUN, toFuel } from './limits.ts'
import type { Place } from './place.ts'
import { Places } from './places.ts'
import { Run } from './run.ts'
import type { RunOptions } from './run-options.ts'
import type { Script } from './script.ts'
import type { Slot } from './slot.ts'
import type { ErrandEnd } from './threads/errand.ts'
import type { Loss } from './threads/loss.ts'
import type { Elsewhere } from './threads/threads.ts'
import type { Failure, RunResult } from './verdict.ts'
import { inOrder, Visit } from './visit.ts'

/**
 * Slots, and the runs that take turns in them. A run that waits stays in its slot as long as nobody
 * else needs it, and is swapped out then. There may be any number of runs, but only so many slots.
 * A turn that goes over its slice is given up and done again on a thread; so is the rest of its run.
 */
export class Pool {
  readonly #places: Places
  readonly #elsewhere: Elsewhere | undefined
  readonly #slice: number
  readonly #visits = new Map<Run, Visit>()
  readonly #heavy = new HeavyScripts()
  /** Bytes of the runs that wait, outside of slots. */
  #swapped = 0
  #ready: Visit[] = []
  #state: 'open' | 'closed' = 'open'

  /** Without an `elsewhere` all turns are taken here. */
  constructor(size: number, makeSlot: () => Slot, elsewhere?: Elsewhere) {
    this.#elsewhere = elsewhere
    this.#slice = toFuel(elsewhere?.threads.limits.slice ?? 0)
    this.#places = new Places(size, makeSlot, (run) => this.#swappedOut(run))
  }

  /** Runs that have begun and not ended. */
  get active(): number {
    return this.#visits.size
  }

  /** Bytes that are kept for them outside of slots. */
  get swapped(): number {
    return this.#swapped
  }

  /**
   * Calls a script's hook. The result comes at once where the run never waits, and is neither queued
   * nor moved; whatever the guest does, it is a result and never an exception.
   */
  run(
    script: Script,
    hook: string | number,
    values: readonly Crossing[],
    host: GuestHost,
    options: RunOptions = {},
  ): Awaitable<RunResult> {
    if (this.#state === 'closed') throw poolClosed()
    const { limits = DEFAULT_LIMITS, when = 'now' } = options
    const slice = options.long === 'thread' && this.#elsewhere ? this.#slice : undefined
    const state = options.state === 'reuse' && this.#heavy.mayReuse(script) ? 'reuse' : 'fresh'
    const wake = () => {
      // Its thread will be back.
      if (!visit.sender) this.#queue(visit)
    }
    const run = new Run({
      script,
      host,
      limits,
      state,
      slice,
      hook,
      values,
      wake,
      sharing: options,
    })
    const visit = new Visit(run, options)
    if (when === 'now') this.#advance(visit)
    else this.#queue(visit)
    return run.result ?? this.#later(visit)
  }

  /** Gives up all runs. */
  close(): void {
    this.#state = 'closed'
    for (const visit of this.#visits.values()) if (!visit.isBusy) this.#giveUp(visit, 'aborted')
    this.#ready = []
    this.#places.clear()
  }

  #later(visit: Visit): Promise<RunResult> {
    const { signal } = visit.follower
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

  /** A turn that is being taken is not broken off, wherever that is: the run is given up behind it. */
  #abort(visit: Visit): void {
    const { run, sender } = visit
    if (visit.isBusy || run.result) return
    const isAway = sender && this.#elsewhere?.threads.withdraw(sender) === 'taken'
    if (!isAway) this.#giveUp(visit, 'aborted')
  }

  #giveUp(visit: Visit, verdict: Failure): void {
    visit.run.giveUp(verdict)
    visit.place?.leave(visit.run)
    this.#close(visit)
  }

  /** The run has a result. */
  #close(visit: Visit): void {
    this.#swapped += visit.count()
    visit.place = undefined
    visit.tellBurnt()
    if (visit.run.result) visit.finish(visit.run.result)
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
      if (!visit.run.result) this.#advance(visit)
    }
  }

  /** Lets the run take its next turn, here or on a thread. */
  #advance(visit: Visit): void {
    const { run } = visit
    if (run.isForThread) this.#send(visit)
    else if (run.isNew && this.#heavy.isHeavy(run.script)) this.#beginAway(visit)
    else this.#attend(visit)
  }

  /** Where a thread has no room for it, the run may fit into a slice here. */
  #beginAway(visit: Visit): void {
    const isRefused = this.#offer(visit) === 'refused'
    if (isRefused && this.#heavy.mayFit(visit.run.script)) this.#attend(visit)
    else if (isRefused) this.#giveUp(visit, 'busy')
  }

  #attend(visit: Visit): void {
    const { run } = visit
    const place = visit.place ?? this.#placeFor(visit)
    if (!place) {
      this.#queue(visit)
      return
    }
    visit.place = place
    const end = place.attend(run)
    this.#heavy.noteTurn(run, end)
    if (end === 'unfinished') {
      this.#send(visit)
    } else if (run.result) {
      place.leave(run)
      this.#close(visit)
    } else {
      this.#stay(visit, place)
    }
  }

  /** The guest waits, in its place for now. */
  #stay(visit: Visit, place: Place): void {
    visit.tellBurnt()
    if (visit.run.needsCheckpoint) place.checkpoint(visit.run)
    this.#keep(visit)
  }

  #placeFor(visit: Visit): Place | undefined {
    const place = this.#places.for(visit.run)
    this.#swapped += visit.count()
    return place
  }

  #swappedOut(run: Run): void {
    const visit = this.#visits.get(run)
    if (!visit) return
    visit.place = undefined
    visit.tellBurnt()
    if ((run.saved?.bytes.length ?? 0) > MAX_SWAPPED_RUN) this.#giveUp(visit, 'memory')
    else this.#keep(visit)
  }

  /** It waits. What it keeps outside is our memory, not the guest's own: so there is an end to it. */
  #keep(visit: Visit): void {
    this.#swapped += visit.count()
    if (visit.follower.signal?.aborted || this.#state === 'closed') this.#giveUp(visit, 'aborted')
    else if (this.#swapped > MAX_SWAPPED) this.#giveUp(visit, 'memory')
    else visit.tellWaits()
  }

  // Threads.

  #send(visit: Visit): void {
    const { run } = visit
    visit.place?.leave(run)
    visit.place = undefined
    visit.tellBurnt()
    run.endIfFaulty()
    if (run.result) {
      this.#close(visit)
      return
    }
    if (this.#offer(visit) === 'refused') this.#giveUp(visit, 'busy')
  }

  /** Offers the run's next turn to a thread, which may have too much to do to take it. */
  #offer(visit: Visit): 'sent' | 'refused' {
    const { kind, threads } = this.#elsewhere as Elsewhere
    const sender = visit.senderTo(kind, (end) => this.#returned(visit, end))
    const sent = threads.send(sender)
    if (sent === 'sent') visit.sender = sender
    return sent
  }

  #returned(visit: Visit, end: ErrandEnd | Loss): void {
    const { run } = visit
    const wasGivenUp = run.result !== undefined
    visit.sender = undefined
    if (typeof end === 'string') run.lost(end)
    else run.returned(end)
    visit.tellBurnt()
    if (wasGivenUp) return
    if (typeof end === 'string' || run.account.longest > this.#slice)
      this.#heavy.overran(run.script)
    else if (run.result) this.#heavy.wasLight(run.script)
    if (run.result) this.#close(visit)
    else this.#keep(visit)
    if (run.isReady && !run.result) this.#queue(visit)
  }
}
