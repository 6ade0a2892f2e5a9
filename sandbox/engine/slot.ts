import type { Crossing } from '../border/crossing.ts'
import { Op } from '../border/ops.ts'
import { priceOf } from '../border/prices.ts'
import { Refusal, refusal } from '../border/refusal.ts'
import type { Anchors } from './anchors.ts'
import type { EngineModule } from './engine-module.ts'
import { Guest } from './guest.ts'
import { isStackOverflow } from './host-call.ts'
import type { Image } from './image.ts'
import { EngineAborted } from './imports.ts'
import { Instance, type InstanceEvents } from './instance.ts'
import {
  type EngineLimits,
  HOST_CALL_STACK,
  REBUILD_GROWTH,
  REFUSAL_FUEL,
  STACK_SLACK,
} from './limits.ts'
import { captureState, layState, type State } from './state.ts'
import { type Pace, Tank } from './tank.ts'
import { HostFault, Stopped } from './verdict.ts'

/** Whose turn it is in a slot: it answers the guest. */
export interface Occupant {
  /** Answers a host call, with a ticket's number where the answer comes later. */
  answer(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing
  /** What the guest's clock says, in milliseconds. */
  clock(): number
}

/** How a turn ended. `undefined` as verdict: nothing stopped it. */
export interface Turn {
  readonly fuel: number
  readonly stopped: Stopped | undefined
  readonly cause: unknown
}

/**
 * A place for guests: an instance that holds one image after another. Nothing of what a guest did is
 * left in it when the next one comes.
 */
export class Slot implements InstanceEvents {
  readonly #module: EngineModule
  readonly #limits: EngineLimits
  readonly #tank: Tank
  #instance: Instance
  #guest: Guest
  #image: Image | undefined
  #occupant: Occupant | undefined
  /** The end of memory that may hold anything but zeros. */
  #high = 0
  #memory: 'enough' | 'refused' = 'enough'
  #soiled: 'no' | 'wipe' | 'rebuild' = 'no'

  /** With a pace, whoever shares the processor has a turn between the pieces of a guest's. */
  constructor(module: EngineModule, limits: EngineLimits, pace?: Pace) {
    this.#module = module
    this.#limits = limits
    this.#instance = new Instance(module, this)
    this.#tank = new Tank(this.#instance.fuel, pace)
    this.#guest = new Guest(this.#instance, NO_ANCHORS)
  }

  get guest(): Guest {
    return this.#guest
  }

  get instance(): Instance {
    return this.#instance
  }

  /** Whether the guest can be used once more without its image being loaded. */
  get isSound(): boolean {
    return this.#soiled === 'no' && this.#high - (this.#image?.top ?? 0) <= REBUILD_GROWTH
  }

  /** Lets the guest work, with so much fuel, until the work is done or something stops it. */
  turn(occupant: Occupant, fuel: number, work: (guest: Guest) => void): Turn {
    const { instance } = this
    let stopped: Stopped | undefined
    let cause: unknown
    this.#occupant = occupant
    this.#memory = 'enough'
    this.#tank.fill(instance.fuel, fuel)
    try {
      work(this.#guest)
    } catch (error) {
      stopped = this.#stoppedBy(error)
      cause = stopped.verdict === 'host' ? causeOf(error) : undefined
      this.#soil(isBroken(error) ? 'rebuild' : 'wipe')
    }
    this.#occupant = undefined
    this.#high = Math.max(this.#high, instance.heapEnd)
    return { fuel: this.#tank.burnt + this.#guest.takeOwed(), stopped, cause }
  }

  /** Makes the memory that of an image, as if nothing had ever run here. */
  load(image: Image, anchors: Anchors): void {
    this.#guest.anchors = anchors
    if (this.#high - image.top > REBUILD_GROWTH) this.#soil('rebuild')
    if (this.#soiled === 'rebuild') this.#rebuild()
    const { original } = this.#instance
    if (original.image === image && this.#soiled === 'no') this.#restore(image)
    else if (original.become(image) === 'replaced' || this.#soiled !== 'no') this.#wipe(image)
    else this.#handOver()
    this.#instance.resetStack()
    this.#high = image.top
    this.#image = image
    this.#soiled = 'no'
  }

  /** What the run that waits here has made of the image that was loaded for it. */
  capture(errand?: number): State {
    return captureState(this.#instance, (this.#image as Image).top, errand)
  }

  /** Makes the memory that of a run which has waited elsewhere. */
  resume(state: State, image: Image, anchors: Anchors): void {
    this.load(image, anchors)
    layState(this.#instance, state)
    this.#high = Math.max(this.#high, state.top)
  }

  /** By how many bytes the heap is larger than in the image. */
  get grown(): number {
    return Math.max(0, this.#instance.heapEnd - (this.#image as Image).top)
  }

  /** Gives Math.random this state, which must not be zero. */
  seed(low: number, high: number): void {
    const { words, layout } = this.#instance
    const state = (this.#guest.anchors.context + layout.random) >> 2
    words[state] = low
    words[state + 1] = high
    this.#instance.marks.wrote(4 * state, 8)
  }

  now(): number {
    return this.#occupant?.clock() ?? Date.now()
  }

  burnt(): void {
    this.#tank.refill()
  }

  /** The engine may have written through a null pointer when it found no memory. */
  memoryRefused(): void {
    this.#memory = 'refused'
    this.#soil('wipe')
  }

  hostCall(count: number, values: number): number {
    if (this.#instance.stackUsed > this.#limits.stack * HOST_CALL_STACK) throw new Stopped('stack')
    const guest = this.#guest
    let more = 0
    try {
      const op = count > 0 ? guest.read(values) : undefined
      const a = count > 1 ? guest.read(values + BOX) : undefined
      const b = count > 2 ? guest.read(values + 2 * BOX) : undefined
      const c = count > 3 ? guest.read(values + 3 * BOX) : undefined
      if (typeof op === 'number') this.#tank.pay(priceOf(op, a, b, c))
      const answer = this.#answer(op, a, b, c)
      return answer === undefined ? NOTHING : guest.write(answer)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      more = REFUSAL_FUEL
      return guest.refuse(error.name, error.message)
    } finally {
      this.#tank.takeCall(guest.takeOwed(), more)
    }
  }

  #answer(op: Crossing, a: Crossing, b: Crossing, c: Crossing): Crossing {
    if (typeof op !== 'number') throw refusal('TypeError', 'an op is a number')
    if (op === Op.fail) throw Stopped.toldBy(a, b, c)
    if (!this.#occupant) throw refusal('Error', 'there is no host')
    return this.#occupant.answer(op, a, b, c)
  }

  #stoppedBy(error: unknown): Stopped {
    if (error instanceof Stopped) {
      // Out of memory, the engine cannot always make an error that says so.
      const starved = error.verdict === 'error' && this.#memory === 'refused'
      return starved ? new Stopped('memory', error.error) : error
    }
    if (isStackOverflow(error)) return new Stopped('stack')
    // It may also break in that moment.
    if (isBroken(error)) return new Stopped(this.#memory === 'refused' ? 'memory' : 'trap')
    return new Stopped('host')
  }

  #soil(how: 'wipe' | 'rebuild'): void {
    if (this.#soiled !== 'rebuild') this.#soiled = how
  }

  /** What was written to; C's stack and memory of ours are left to the same script. */
  #restore(image: Image): void {
    const { layout, marks, stackTop } = this.#instance
    marks.restore(layout.constantEnd, layout.staticEnd)
    marks.restore(stackTop, Math.max(this.#high, image.top))
  }

  /** What was written to, wherever that is, and where the images differ. */
  #handOver(): void {
    const { layout, marks, memory, ownEnd } = this.#instance
    marks.restoreAll()
    // What the host writes there itself has no marks.
    memory.fill(0, layout.staticEnd, ownEnd)
  }

  /** All that may be anything else, as if no mark could be relied on. */
  #wipe(image: Image): void {
    const { layout, memory, original, stackTop } = this.#instance
    this.#handOver()
    memory.fill(0, stackTop - this.#limits.stack - STACK_SLACK, stackTop)
    original.copyTo(memory, 0, layout.staticEnd)
    original.copyTo(memory, stackTop, Math.max(this.#high, image.top))
  }

  #rebuild(): void {
    const { anchors } = this.#guest
    this.#instance = new Instance(this.#module, this)
    // All of its memory is zeros still.
    this.#high = 0
    this.#guest = new Guest(this.#instance, anchors)
  }
}

/** No box: the engine takes it for undefined. */
const NOTHING = 0

const NO_ANCHORS: Anchors = { runtime: 0, context: 0, functions: {}, hooks: {} }

/** Bytes of one value in a list of arguments. */
const BOX = 8

function causeOf(error: unknown): unknown {
  return error instanceof HostFault ? error.cause : error
}

/** Whether the engine itself has failed: nothing in its instance can be relied on. */
function isBroken(error: unknown): boolean {
  return error instanceof EngineAborted || error instanceof WebAssembly.RuntimeError
}
