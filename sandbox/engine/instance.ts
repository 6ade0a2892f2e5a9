import type { Calls, Layout } from './build.ts'
import { Marks, PAGE, restoreIn } from './cards.ts'
import type { EngineModule } from './engine-module.ts'
import { makeImports } from './imports.ts'
import { Original } from './original.ts'
import { FUEL_EXPORT, STACK_EXPORT } from './wasm/meter.ts'

/** What happens to an instance while the engine runs; the slot that owns it answers. */
export interface InstanceEvents {
  burnt(): void
  memoryRefused(): void
  now(): number
  hostCall(count: number, values: number): number
}

/** How many arguments a call of the guest's may have. */
export const MAX_ARGUMENTS = 96

/** Room for a text that is handed over, in bytes; longer ones go through the heap. */
export const SCRATCH = 16_384

/**
 * One WebAssembly instance of the engine with a memory of its own that never grows. Linear memory
 * and the stack pointer are its whole state, so images of it fit into any other.
 */
export class Instance {
  readonly layout: Layout
  readonly calls: Calls
  /** The memory as bytes, and as words. */
  readonly memory: Buffer
  readonly words: Uint32Array
  /** Which parts of it were written to. */
  readonly marks: Marks
  /** What it is restored from. */
  readonly original: Original
  readonly fuel: WebAssembly.Global
  readonly #stack: WebAssembly.Global
  /** Where C's stack starts; it grows downwards, the heap begins above. */
  readonly stackTop: number
  /**
   * Memory of ours at the far end of C's stack, where the engine never comes: pointers to the
   * arguments of a call, {@link MAX_ARGUMENTS} of them, and {@link SCRATCH} bytes for a text.
   */
  readonly pointers: number
  readonly scratch: number
  readonly ownEnd: number

  constructor(
    { build, cards, memoryBytes, module, restorer }: EngineModule,
    events: InstanceEvents,
  ) {
    const pages = memoryBytes / PAGE + cards.pages
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.layout = build.layout
    this.memory = Buffer.from(memory.buffer, 0, memoryBytes)
    this.words = new Uint32Array(memory.buffer, 0, memoryBytes / 4)
    this.marks = new Marks(memory.buffer, cards, restoreIn(memory, restorer))
    const imports = makeImports(build, memory, {
      memory: this.memory,
      view: new DataView(memory.buffer, 0, memoryBytes),
      wrote: (at, bytes) => this.marks.wrote(at, bytes),
      burnt: () => events.burnt(),
      memoryRefused: () => events.memoryRefused(),
      now: () => events.now(),
      hostCall: (count, values) => events.hostCall(count, values),
    })
    const { exports } = new WebAssembly.Instance(module, imports)
    const constants = this.memory.subarray(0, build.layout.constantEnd)
    const behind = Buffer.from(memory.buffer, memoryBytes, memoryBytes)
    this.original = new Original(behind, this.marks, constants)
    const names = Object.entries(build.exports)
    this.calls = Object.fromEntries(names.map(([name, letter]) => [name, exports[letter]])) as never
    this.fuel = exports[FUEL_EXPORT] as WebAssembly.Global
    this.#stack = exports[STACK_EXPORT] as WebAssembly.Global
    this.stackTop = this.#stack.value
    this.pointers = Math.ceil(build.layout.staticEnd / 16) * 16
    this.scratch = this.pointers + 4 * MAX_ARGUMENTS
    this.ownEnd = this.scratch + SCRATCH
  }

  /** The end of the heap; memory above it has not been used since the last image was loaded. */
  get heapEnd(): number {
    return Math.min(this.words[this.layout.heapEnd >> 2] as number, this.memory.length)
  }

  /** Where what the heap has not used yet starts: what no hole is large enough for comes from there. */
  get heapRest(): number {
    return this.words[this.layout.heapRest >> 2] as number
  }

  /** How much of C's stack is in use, in bytes. */
  get stackUsed(): number {
    return this.stackTop - this.#stack.value
  }

  /** A trap leaves the stack pointer where it was. */
  resetStack(): void {
    this.#stack.value = this.stackTop
  }
}
