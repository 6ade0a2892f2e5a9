import type { Crossing } from '../../border/crossing.ts'
import type { Image } from '../image.ts'
import { Slot, type Turn } from '../slot.ts'
import type { State } from '../state.ts'
import type { Pace } from '../tank.ts'
import { enterGuest, settleGuest } from '../turn-work.ts'
import type { EngineNews, ErrandMessage, FromThread } from './messages.ts'
import { unpackImage } from './packed-image.ts'
import { type Ask, Replay } from './replay.ts'

/** The work of a thread: one errand after another, each in the slot of its engine. */
export class GuestThread {
  readonly #ask: Ask
  readonly #pace: Pace
  readonly #slots = new Map<number, Slot>()
  readonly #images = new Map<number, Image>()
  /** The last errand in each slot: whoever waits behind it is there still. */
  readonly #last = new Map<Slot, number>()

  constructor(ask: Ask, pace: Pace) {
    this.#ask = ask
    this.#pace = pace
  }

  /** Does an errand. */
  take(errand: ErrandMessage): FromThread {
    this.#learn(errand)
    const slot = this.#slots.get(errand.engine) as Slot
    const image = this.#images.get(errand.image) as Image
    const { anchors, seed, state } = errand
    if (!state) {
      slot.load(image, anchors)
      slot.seed(...seed)
    } else if (!this.#holds(slot, state)) {
      slot.resume(state, image, anchors)
    }
    this.#last.set(slot, errand.number)
    return this.#run(slot, errand)
  }

  /** Whether nobody has been in the slot since: the run goes on as if it had never left. */
  #holds(slot: Slot, { errand }: State): boolean {
    return errand !== undefined && errand === this.#last.get(slot)
  }

  #run(slot: Slot, errand: ErrandMessage): FromThread {
    const replay = new Replay(errand, this.#ask)
    const { entry, fuel, jobs, slice, turns } = errand
    const works = entry ? [undefined, ...turns] : turns
    let value: Crossing
    let burnt = 0
    let turn: Turn | undefined
    for (const [index, settled] of works.entries()) {
      if (turn?.stopped) return { kind: 'diverged' }
      turn = slot.turn(replay, index === works.length - 1 ? fuel : slice, (guest) => {
        if (settled) settleGuest(guest, settled)
        else if (entry) value = enterGuest(guest, entry.hook, entry.values)
        guest.drain(jobs)
      })
      burnt += turn.fuel
    }
    if (!turn || !replay.isComplete) return { kind: 'diverged' }
    const { heapEnd, stackTop } = slot.instance
    const stopped = turn.stopped && { verdict: turn.stopped.verdict, error: turn.stopped.error }
    const waits = !stopped && replay.waits
    return {
      kind: 'ended',
      fuel: turn.fuel,
      burnt,
      stopped,
      value,
      memory: heapEnd - stackTop,
      grown: slot.grown,
      state: waits ? slot.capture(errand.number) : undefined,
    }
  }

  #learn({ newEngine, newImages, oldImages }: ErrandMessage): void {
    if (newEngine) this.#slots.set(newEngine.id, slotFor(newEngine, this.#pace))
    for (const id of oldImages) this.#images.delete(id)
    for (const { id, image, under } of newImages) {
      this.#images.set(
        id,
        unpackImage(image, under === undefined ? undefined : this.#images.get(under)),
      )
    }
  }
}

function slotFor({ limits, module }: EngineNews, pace: Pace): Slot {
  return new Slot(module, limits, pace)
}
