import type { Crossing } from '../border/crossing.ts'
import { Answers } from './answers.ts'
import { FuelAccount } from './fuel-account.ts'
import type { Guest } from './guest.ts'
import type { Journal } from './journal.ts'
import {
  ERRAND_FUEL,
  FORWARDED_FUEL,
  GROWTH_FUEL,
  LIGHT_TURNS,
  type Limits,
  MAX_FUEL,
  MAX_SWAPPED_RUN,
} from './limits.ts'
import { randomWord } from './random.ts'
import type { RunStart } from './run-start.ts'
import type { Script } from './script.ts'
import type { Slot, Turn } from './slot.ts'
import type { State } from './state.ts'
import type { Errand, ErrandEnd, Reply } from './threads/errand.ts'
import { type Loss, stoppedByLoss } from './threads/loss.ts'
import { enterGuest, type Settlement, settleGuest } from './turn-work.ts'
import { type Failure, type RunResult, Stopped } from './verdict.ts'

/**
 * One call of a script's hook, from its entry until it has nothing left to do. It takes turns: each
 * lasts until the guest waits for answers, and goes on when some have come.
 */
export class Run {
  readonly script: Script
  readonly state: 'fresh' | 'reuse'
  /** Where `Math.random` begins, if the run begins with an image. */
  readonly seedLow = randomWord() | 1
  readonly seedHigh = randomWord()
  /** Its state, where it waits outside of a slot; and where a thread has taken its last turn. */
  saved: State | undefined
  #away: State | undefined
  result: RunResult | undefined
  readonly account: FuelAccount
  readonly #answers: Answers
  readonly #limits: Limits
  readonly #hook: string | number
  readonly #values: readonly Crossing[]
  readonly #slice: number
  /** Turns in a row, on a thread, that would have fitted into a slice. */
  #lightTurns = 0
  #memory = 0
  #value: Crossing
  #phase: 'new' | 'entered' = 'new'
  /** What is handed over in the turn that is being taken. */
  #batch: readonly Settlement[] | undefined

  constructor(start: RunStart) {
    const { script, host, limits, sharing, state, slice, hook, values, wake } = start
    this.script = script
    this.state = state
    this.#limits = limits
    this.account = new FuelAccount(limits, sharing)
    this.#hook = hook
    this.#values = values
    this.#slice = slice ?? MAX_FUEL
    this.#answers = new Answers(host, limits.tickets, () => {
      if (!this.result) wake()
    })
    if (slice !== undefined) this.#answers.keepJournal()
  }

  /** What its turns can be replayed with, as long as they can be. */
  get journal(): Journal | undefined {
    return this.#answers.journal
  }

  /** It begins with something that is kept nowhere. */
  keepNoJournal(): void {
    this.#answers.journal = undefined
  }

  /** Bytes it keeps outside of slots. */
  get outside(): number {
    const checkpoint = this.journal?.checkpoint
    const saved = this.saved === checkpoint ? undefined : this.saved
    return sizeOf(saved) + sizeOf(checkpoint) + sizeOf(this.#away)
  }

  get isNew(): boolean {
    return this.#phase === 'new'
  }

  /** Whether it has asked its host for anything, which cannot be taken back. */
  get hasAsked(): boolean {
    return !this.isNew || (this.journal?.given.length ?? 0) > 0
  }

  /** Whether its next turn is a thread's: as its last one was, or as no slice is left for it. */
  get isForThread(): boolean {
    return this.#away !== undefined || this.needsCheckpoint
  }

  /** Whether answers have come for it. */
  get isReady(): boolean {
    return this.#answers.haveSettled
  }

  /** Whether so much is in its journal that a turn more might not fit into a slice with it. */
  get needsCheckpoint(): boolean {
    const { journal } = this
    return journal !== undefined && (journal.fuel > this.#slice / 2 || journal.isFull)
  }

  /**
   * Takes a turn in a slot that holds its state; the first one enters, later ones settle. One that
   * has more to do than fits into its slice is `unfinished`, and has to be done again on a thread;
   * or `overlong`, if it could not be.
   */
  turn(slot: Slot): 'finished' | 'unfinished' | 'overlong' {
    const { journal } = this
    const most = this.account.forTurn()
    const fuel = journal ? Math.min(most, this.#slice - journal.fuel) : most
    this.#takeBatch()
    const turn = slot.turn(this.#answers, fuel, (guest) => this.#work(guest))
    this.account.burnt += turn.fuel
    if (fuel < most && turn.stopped?.verdict === 'cpu') return 'unfinished'
    if (journal) journal.fuel += turn.fuel
    this.#after(turn, slot.instance.heapEnd - slot.instance.stackTop, slot.grown)
    return !journal && turn.fuel > this.#slice ? 'overlong' : 'finished'
  }

  /** It leaves its slot: because of others, so that its own fuel must not tell. */
  swapOut(state: State): void {
    this.saved = state
    this.account.burnt += state.bytes.length / GROWTH_FUEL
  }

  /** Gives the run up; its answers are not waited for any more. */
  giveUp(verdict: Failure): RunResult {
    return this.#end({ fuel: 0, stopped: new Stopped(verdict), cause: undefined })
  }

  // Its turns on a thread.

  /** What a thread has to do: the turns in the journal, and the one that was not finished. */
  errand(): Errand {
    if (!this.#batch) this.#takeBatch()
    const { journal } = this
    const state = journal?.checkpoint ?? this.#away
    return {
      number: ++lastErrand,
      state,
      seed: [this.seedLow, this.seedHigh],
      entry: state ? undefined : { hook: this.#hook, values: this.#values },
      turns: journal ? journal.turns : [this.#batch ?? []],
      given: journal?.given ?? [],
      clock: journal?.clock ?? [],
      fuel: this.account.forTurn(),
      slice: this.#slice,
      jobs: this.#limits.jobs,
      waits: this.#answers.areOpen,
    }
  }

  /** Ends the run if its host has failed; no turn is needed for that. */
  endIfFaulty(): void {
    const { fault } = this.#answers
    if (fault) this.#end({ fuel: 0, stopped: new Stopped('host'), cause: fault.cause })
  }

  /** Answers a call of the guest on its thread. */
  reply(op: number, a: Crossing, b: Crossing, c: Crossing): Reply {
    if (this.result) return { kind: 'stop', verdict: 'aborted' }
    this.account.burnt += FORWARDED_FUEL
    return this.#answers.reply(op, a, b, c)
  }

  /** A thread has taken the turn. */
  returned({ burnt, fuel, grown, memory, state, stopped, value }: ErrandEnd): void {
    this.account.burnt += burnt + ERRAND_FUEL
    if (this.result) return
    if (this.#phase === 'new') this.#value = value
    this.keepNoJournal()
    this.saved = undefined
    this.#away = state
    this.#lightTurns = fuel > this.#slice ? 0 : this.#lightTurns + 1
    if (state && this.#lightTurns >= LIGHT_TURNS) this.#comeBack(state)
    const cause = stopped?.verdict === 'host' ? this.#answers.cause : undefined
    const why = stopped && new Stopped(stopped.verdict, stopped.error)
    this.#after({ fuel, stopped: why, cause }, memory, grown)
  }

  /** Not with more than can be swapped out here. */
  #comeBack(state: State): void {
    if (state.bytes.length > MAX_SWAPPED_RUN) return
    this.saved = state
    this.#away = undefined
    this.#lightTurns = 0
    this.#answers.keepJournal().goOnFrom(this.saved)
  }

  /** A thread has not come back from the turn. */
  lost(loss: Loss): void {
    const fuel = this.account.forTurn()
    this.account.burnt += fuel
    if (!this.result) this.#end({ fuel, ...stoppedByLoss(loss) })
  }

  #takeBatch(): void {
    if (this.#phase === 'entered') this.#batch = this.#answers.take()
  }

  #work(guest: Guest): void {
    if (this.#answers.fault) throw this.#answers.fault
    if (this.#batch) settleGuest(guest, this.#batch)
    else this.#value = enterGuest(guest, this.#hook, this.#values)
    guest.drain(this.#limits.jobs)
  }

  #after(turn: Turn, memory: number, grown: number): void {
    const refused = this.#batch?.filter((each) => each.refused).length ?? 0
    this.#phase = 'entered'
    this.#batch = undefined
    this.#memory = Math.max(this.#memory, memory)
    if (turn.stopped || !this.#answers.areOpen) {
      this.#end(turn)
      return
    }
    this.account.took(turn.fuel)
    // That has its price wherever it waits, so that its fuel does not depend on others.
    if (!this.account.canWait(turn.fuel, grown, refused)) this.giveUp('cpu')
  }

  #end({ fuel, stopped, cause }: Turn): RunResult {
    this.saved = undefined
    this.#away = undefined
    this.keepNoJournal()
    this.account.took(fuel)
    this.account.close()
    this.result = {
      verdict: stopped?.verdict ?? 'done',
      value: stopped ? undefined : this.#value,
      error: stopped?.error,
      cause,
      fuel: this.account.fuel,
      memory: this.#memory,
    }
    return this.result
  }
}

let lastErrand = 0

function sizeOf(state: State | undefined): number {
  return state?.bytes.length ?? 0
}
