import type { Crossing } from '../../border/crossing.ts'
import { Differ, type Image } from '../image.ts'
import { Slot, type Turn } from '../slot.ts'
import type { Pace } from '../tank.ts'
import { enterGuest, settleGuest } from '../turn-work.ts'
import type { EngineNews, ErrandMessage, FromThread } from './messages.ts'
import { packImage, unpackImage } from './packed-image.ts'
import { type Ask, Replay } from './replay.ts'

interface Bench {
  readonly slot: Slot
  readonly differ: Differ
}

/** The work of a thread: one errand after another, each in the slot of its engine. */
export class GuestThread {
  readonly #ask: Ask
  readonly #pace: Pace
  readonly #benches = new Map<number, Bench>()
  readonly #images = new Map<number, Image>()

  constructor(ask: Ask, pace: Pace) {
    this.#ask = ask
    this.#pace = pace
  }

  /** Does an errand. */
  take(errand: ErrandMessage): FromThread {
    this.#learn(errand)
    const bench = this.#benches.get(errand.engine) as Bench
    const image = this.#images.get(errand.image) as Image
    const { anchors, seed, state } = errand
    bench.slot.load(state ? unpackImage(state, image) : image, anchors)
    if (!state) bench.slot.seed(...seed)
    return this.#run(bench, image, errand)
  }

  #run({ differ, slot }: Bench, image: Image, errand: ErrandMessage): FromThread {
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
    const { heapEnd, memory, stackTop } = slot.instance
    const stopped = turn.stopped && { verdict: turn.stopped.verdict, error: turn.stopped.error }
    const waits = !stopped && replay.waits
    const state = waits ? packImage(differ.capture(memory, image, heapEnd)) : undefined
    return {
      kind: 'ended',
      fuel: turn.fuel,
      burnt,
      stopped,
      value,
      memory: heapEnd - stackTop,
      state,
    }
  }

  #learn({ newEngine, newImages, oldImages }: ErrandMessage): void {
    if (newEngine) this.#benches.set(newEngine.id, benchFor(newEngine, this.#pace))
    for (const id of oldImages) this.#images.delete(id)
    for (const { id, image, under } of newImages) {
      this.#images.set(
        id,
        unpackImage(image, under === undefined ? undefined : this.#images.get(under)),
      )
    }
  }
}

function benchFor({ limits, module }: EngineNews, pace: Pace): Bench {
  const slot = new Slot(module, limits, pace)
  const { stackTop } = slot.instance
  return { slot, differ: new Differ(module.build.layout, stackTop, module.memoryBytes) }
}
