import type { Place } from './place.ts'
import type { Run } from './run.ts'
import type { Script } from './script.ts'
import type { EngineKind, Sender } from './threads/thread.ts'
import type { RunResult } from './verdict.ts'

/** Who wants to know how a run goes. */
export interface Follower {
  /** Gives the run up while it waits; looked at only once it does. */
  readonly signal?: AbortSignal
  /** Told once, when the guest comes to wait for answers; a turn on a thread is no waiting. */
  waits?(): void
  /** Told what has been burnt, after each turn; what was burnt in vain included. */
  burnt?(fuel: number): void
}

/** A run in a pool: where it is, and who is to be told of it. */
export class Visit {
  readonly run: Run
  readonly follower: Follower
  /** The place it waits in. */
  place: Place | undefined
  /** Its errand, while a thread has it or is waited for. */
  sender: Sender | undefined
  finish: (result: RunResult) => void = nobody
  #counted = 0
  #told = 0
  #hasWaited = false

  constructor(run: Run, follower: Follower) {
    this.run = run
    this.follower = follower
  }

  /** Whether its guest is in the middle of a turn, here. */
  get isBusy(): boolean {
    return this.place?.busy === true
  }

  /** The run's next turn, for a thread of this kind of engine to take. */
  senderTo(kind: EngineKind, returned: Sender['returned']): Sender {
    const { run } = this
    return {
      kind,
      script: run.script,
      run: run.hasAsked ? 'goes on' : 'begins',
      errand: run.errand(),
      reply: (op, a, b, c) => run.reply(op, a, b, c),
      returned,
    }
  }

  /** By how much what it keeps outside of slots has changed, in bytes. */
  count(): number {
    const change = this.run.outside - this.#counted
    this.#counted += change
    return change
  }

  /** Tells what has been burnt since this was last told. */
  tellBurnt(): void {
    const burnt = this.run.account.burnt - this.#told
    if (burnt > 0) this.follower.burnt?.(burnt)
    this.#told += burnt
  }

  /** Tells once that the guest waits. */
  tellWaits(): void {
    if (!this.#hasWaited) this.follower.waits?.()
    this.#hasWaited = true
  }
}

function nobody(): void {}

/** Those first whose state is in a slot, so that it need not be saved; then script by script. */
export function inOrder(visits: readonly Visit[]): Visit[] {
  const scripts = new Map<Script | Place, Visit[]>()
  for (const visit of visits) {
    const key = visit.place ?? visit.run.script
    const group = scripts.get(key)
    if (group) group.push(visit)
    else scripts.set(key, [visit])
  }
  return [...scripts.values()].flat().sort((a, b) => Number(!a.place) - Number(!b.place))
}
