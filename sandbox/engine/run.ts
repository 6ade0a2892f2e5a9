import type { Crossing, GuestHost } from '../border/crossing.ts'
import { Refusal, refusal } from '../border/refusal.ts'
import type { Guest } from './guest.ts'
import type { Image } from './image.ts'
import { FUEL_PER_MS, type Limits } from './limits.ts'
import type { Script } from './script.ts'
import type { Occupant, Slot, Turn } from './slot.ts'
import { HostFault, type RunResult, Stopped } from './verdict.ts'

/** An answer that has come for a ticket. */
interface Settlement {
  readonly ticket: number
  readonly value: Crossing
  readonly refused: Refusal | undefined
}

/** What a run begins with. */
export interface RunStart {
  readonly script: Script
  readonly host: GuestHost
  readonly limits: Limits
  readonly state: 'fresh' | 'reuse'
  readonly hook: string | number
  /** What the guest's `enter` gets beside it. */
  readonly values: readonly Crossing[]
  /** Called when it could take another turn. */
  readonly wake: (run: Run) => void
  /** Is told what it has burnt so far, after each turn that was not its last. */
  readonly watcher: { burnt?(fuel: number): void }
}

/** Answers that are handed over in one call of the guest's `settle`: three arguments each. */
const SETTLED_AT_ONCE = 32

/**
 * One call of a script's hook, from its entry until it has nothing left to do. It takes turns: each
 * lasts until the guest waits for answers, and goes on when some have come.
 */
export class Run implements Occupant {
  readonly script: Script
  readonly host: GuestHost
  readonly state: 'fresh' | 'reuse'
  /** Its state, where it waits outside of a slot. */
  saved: Image | undefined
  result: RunResult | undefined
  readonly #limits: Limits
  readonly #hook: string | number
  readonly #values: readonly Crossing[]
  readonly #wake: (run: Run) => void
  readonly #watcher: RunStart['watcher']
  #settled: Settlement[] = []
  #open = 0
  #lastTicket = 0
  #fuel = 0
  #memory = 0
  #value: Crossing
  #fault: HostFault | undefined
  #phase: 'new' | 'entered' = 'new'

  constructor({ script, host, limits, state, hook, values, wake, watcher }: RunStart) {
    this.script = script
    this.host = host
    this.state = state
    this.#limits = limits
    this.#hook = hook
    this.#values = values
    this.#wake = wake
    this.#watcher = watcher
  }

  /** Takes a turn in a slot that holds its state; the first one enters, later ones settle. */
  turn(slot: Slot): void {
    const { cpu, request, jobs } = this.#limits
    const fuel = Math.min(fuelFor(cpu), fuelFor(request) - this.#fuel)
    const turn = slot.turn(this, fuel, (guest) => {
      if (this.#phase === 'new') this.#enter(guest)
      else this.#handOver(guest)
      guest.drain(jobs)
    })
    this.#phase = 'entered'
    this.#memory = Math.max(this.#memory, slot.instance.heapEnd - slot.instance.stackTop)
    const waits = this.#open > 0 || this.#settled.length > 0
    if (turn.stopped || !waits) {
      this.#end(turn)
      return
    }
    this.#fuel += turn.fuel
    this.#watcher.burnt?.(this.#fuel)
  }

  /** Gives the run up; its answers are not waited for any more. */
  giveUp(verdict: 'aborted' | 'memory'): RunResult {
    this.saved = undefined
    return this.#end({ fuel: 0, stopped: new Stopped(verdict), cause: undefined })
  }

  ticketFor(answer: Promise<Crossing>): number {
    if (this.#open >= this.#limits.tickets) {
      answer.catch(() => {})
      throw refusal('RangeError', `more than ${this.#limits.tickets} host calls are waited for`)
    }
    const ticket = ++this.#lastTicket
    this.#open++
    answer.then(
      (value) => this.#settle({ ticket, value, refused: undefined }),
      (error: unknown) => {
        const refused = error instanceof Refusal ? error : undefined
        if (!refused) this.#fault ??= new HostFault('the host failed', { cause: error })
        this.#settle({ ticket, value: undefined, refused })
      },
    )
    return ticket
  }

  #settle(settlement: Settlement): void {
    if (this.result) return
    this.#open--
    if (this.#settled.push(settlement) === 1) this.#wake(this)
  }

  #enter(guest: Guest): void {
    const box = guest.settled(guest.enter(this.#hook, this.#values))
    if (guest.crosses(box)) this.#value = guest.read(box)
    guest.release(box)
  }

  #handOver(guest: Guest): void {
    if (this.#fault) throw this.#fault
    const settled = this.#settled
    this.#settled = []
    for (let from = 0; from < settled.length; from += SETTLED_AT_ONCE) {
      const part = settled.slice(from, from + SETTLED_AT_ONCE)
      const boxes = part.flatMap((each) => boxesOf(guest, each))
      guest.release(guest.settled(guest.call('settle', boxes)))
    }
  }

  #end({ fuel, stopped, cause }: Turn): RunResult {
    this.#fuel += fuel
    this.result = {
      verdict: stopped?.verdict ?? 'done',
      value: stopped ? undefined : this.#value,
      error: stopped?.error,
      cause,
      fuel: this.#fuel,
      memory: this.#memory,
    }
    return this.result
  }
}

function fuelFor(milliseconds: number): number {
  return Math.min(Math.floor(milliseconds * FUEL_PER_MS), MAX_FUEL)
}

/** Fuel is counted in 32 bits with a sign. */
const MAX_FUEL = 0x7fff_ffff

/** The three arguments of `settle` for one answer; what cannot cross is refused. */
function boxesOf(guest: Guest, { ticket, value, refused }: Settlement): number[] {
  let reason = refused
  try {
    if (!reason) return [guest.write(ticket), guest.write(1), guest.write(value)]
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    reason = error
  }
  const error = guest.makeError(reason.name, reason.message)
  return [guest.write(ticket), guest.write(0), error]
}
