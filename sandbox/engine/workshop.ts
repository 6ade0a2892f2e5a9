import type { Crossing, GuestHost } from '../border/crossing.ts'
import { HOOKS } from '../border/hooks.ts'
import { refusal } from '../border/refusal.ts'
import type { Anchors, GuestFunction } from './anchors.ts'
import type { EngineModule } from './engine-module.ts'
import { bootstrapIncomplete, scriptNotLoaded } from './errors.ts'
import type { Guest } from './guest.ts'
import { fillHoles } from './heap-holes.ts'
import { callHost } from './host-call.ts'
import { captureWhole, type Differ, type Image } from './image.ts'
import { COMPILE_LIMITS, type EngineLimits, toFuel } from './limits.ts'
import { BOOTSTRAP_FUNCTIONS, PRELUDE, PRELUDE_FUNCTIONS } from './prelude.ts'
import { randomWord } from './random.ts'
import type { Script } from './script.ts'
import { Slot } from './slot.ts'

/** A base as scripts are made on it. */
export interface BaseImage {
  readonly image: Image
  readonly anchors: Anchors
}

/** What a script is made of. */
export interface ScriptSource {
  readonly name: string
  readonly source: string
  readonly host?: GuestHost
}

/** Where images are made: a slot of its own, in which nothing is ever run for a request. */
export class Workshop {
  readonly #module: EngineModule
  readonly #limits: EngineLimits
  readonly #slot: Slot

  constructor(module: EngineModule, limits: EngineLimits) {
    this.#module = module
    this.#limits = limits
    this.#slot = this.slot()
  }

  get heapStart(): number {
    return this.#slot.instance.stackTop
  }

  /** Another slot. */
  slot(): Slot {
    return new Slot(this.#module, this.#limits)
  }

  /** Starts an engine and evaluates prelude and bootstrap in it. */
  base(bootstrap: string | readonly string[]): BaseImage {
    const slot = this.slot()
    const { guest } = slot
    work(slot, 'bootstrap', NO_HOST, () => {
      guest.anchors = startEngine(guest, this.#limits.stack)
      const prelude = guest.settled(guest.evaluate(PRELUDE, 'prelude'))
      keep(guest, PRELUDE_FUNCTIONS, (name) => guest.property(prelude, name))
      guest.release(prelude)
      guest.defineHost()
      const pieces = [bootstrap].flat()
      guest.keepSource('lines')
      for (const [index, piece] of pieces.entries()) {
        // The last one runs what those before it have compiled.
        if (index === pieces.length - 1) fillHoles(guest.instance)
        guest.release(guest.settled(guest.evaluate(piece, 'bootstrap')))
      }
      guest.keepSource('text')
      guest.drain(COMPILE_LIMITS.jobs)
      keep(guest, BOOTSTRAP_FUNCTIONS, (name) => takeGlobal(guest, name))
      guest.release(takeGlobal(guest, 'host'))
      const names = HOOKS.map((hook) => [hook, guest.write(hook)])
      guest.anchors = { ...guest.anchors, hooks: Object.fromEntries(names) }
      fillHoles(guest.instance)
    })
    const { memory, stackTop, layout, heapEnd } = slot.instance
    return { image: captureWhole(memory, layout, stackTop, heapEnd), anchors: guest.anchors }
  }

  /** Evaluates a script on a base. */
  script(
    { image, anchors }: BaseImage,
    { name, source, host }: ScriptSource,
    differ: Differ,
  ): Script {
    const slot = this.#slot
    slot.load(image, anchors)
    slot.seed(randomWord() | 1, randomWord())
    const fuel = work(slot, name, host ?? NO_HOST, (guest) => {
      const value = guest.settled(guest.evaluate(source, name))
      guest.release(guest.settled(guest.call('load', [value])))
      guest.drain(COMPILE_LIMITS.jobs)
      fillHoles(guest.instance)
    })
    const { memory, heapEnd } = slot.instance
    return { name, image: differ.capture(memory, image, heapEnd), anchors, fuel }
  }
}

function work(slot: Slot, name: string, host: GuestHost, action: (guest: Guest) => void): number {
  const answer = (op: number, a: Crossing, b: Crossing, c: Crossing) =>
    answerNow(callHost(host, op, a, b, c))
  const most = toFuel(COMPILE_LIMITS.cpu)
  const { stopped, cause, fuel } = slot.turn({ answer, clock: Date.now }, most, action)
  if (!stopped) return fuel
  if (cause) throw cause
  const { error, verdict } = stopped
  throw scriptNotLoaded(name, verdict, error ? `${error.name}: ${error.message}` : '', error?.stack)
}

function answerNow(answer: Crossing | Promise<Crossing>): Crossing {
  if (!(answer instanceof Promise)) return answer
  answer.catch(() => {})
  throw refusal('Error', 'nothing can be waited for while a script is loaded')
}

const NO_HOST: GuestHost = {
  call() {
    throw refusal('Error', 'the host cannot be asked while a script is loaded')
  },
}

function startEngine(guest: Guest, stack: number): Anchors {
  const { calls } = guest.instance
  calls.start()
  const runtime = calls.QTS_NewRuntime()
  calls.QTS_RuntimeSetMaxStackSize(runtime, stack)
  return {
    runtime,
    context: calls.QTS_NewContext(runtime, ALL_INTRINSICS),
    functions: {},
    hooks: {},
  }
}

const ALL_INTRINSICS = 0

/** Keeps functions of the guest in its anchors. */
function keep(
  guest: Guest,
  names: readonly GuestFunction[],
  find: (name: GuestFunction) => number,
): void {
  for (const name of names) {
    const box = find(name)
    if (!guest.isObject(box)) throw bootstrapIncomplete(name)
    const functions = { ...guest.anchors.functions, [name]: box }
    guest.anchors = { ...guest.anchors, functions }
  }
}

function takeGlobal(guest: Guest, name: string): number {
  return guest.settled(guest.call('take', [guest.write(name)]))
}
