import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { Differ, loadImage } from '../../../sandbox/engine/image.ts'
import { DEFAULT_ENGINE_LIMITS } from '../../../sandbox/engine/limits.ts'
import { Pool } from '../../../sandbox/engine/pool.ts'
import type { RunOptions } from '../../../sandbox/engine/run-options.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import type { Slot } from '../../../sandbox/engine/slot.ts'
import type { Threads } from '../../../sandbox/engine/threads/threads.ts'
import { type BaseImage, type ScriptSource, Workshop } from '../../../sandbox/engine/workshop.ts'
import { BOOTSTRAP } from './bootstrap.ts'
import { type Answer, engineModule, run, TestHost } from './harness.ts'

/** A pool whose slots a test can look into. */
export class GlassPool {
  readonly pool: Pool
  readonly slots: Slot[] = []
  readonly #workshop = new Workshop(engineModule, DEFAULT_ENGINE_LIMITS)
  readonly #differ: Differ
  readonly #base: BaseImage
  /** Never runs anything: images are laid out in it. */
  readonly #untouched: Slot

  /** `size` slots at most, for scripts on the tests' own bootstrap or on another one. */
  constructor(size: number, bootstrap: string | readonly string[] = BOOTSTRAP, threads?: Threads) {
    const workshop = this.#workshop
    const { layout } = engineModule.build
    this.#differ = new Differ(layout, workshop.heapStart, DEFAULT_ENGINE_LIMITS.memory)
    this.#base = workshop.base(bootstrap)
    this.#untouched = workshop.slot()
    const kind = { module: engineModule, limits: DEFAULT_ENGINE_LIMITS }
    this.pool = new Pool(size, () => this.#slot(), threads && { threads, kind })
  }

  script(source: ScriptSource): Script {
    return this.#workshop.script(this.#base, source, this.#differ)
  }

  /** Runs a script's hook once and waits for its end. */
  run(
    script: Script,
    values: readonly Crossing[] = [],
    host = new TestHost(),
    options: RunOptions = {},
  ): Promise<Answer> {
    return run(this.pool, script, values, host, options)
  }

  /** The whole memory, as it is in an instance that never ran anything but holds the image. */
  pristine({ image }: Script): Buffer {
    const { memory } = this.#untouched.instance
    const { layout } = engineModule.build
    memory.fill(0, layout.staticEnd)
    loadImage(memory, image)
    return memory
  }

  /**
   * What of the slot's memory, once it is the script's turn again, is not as it would be had nothing
   * ever run: spans as texts. `all` of it, or what a script can reach: not C's stack, and not what
   * lies above the image.
   */
  leftovers(script: Script, extent: 'all' | 'reachable', slot = this.slots.at(-1)): string[] {
    slot?.load(script.image, script.anchors)
    const { memory, layout, stackTop } = (slot as Slot).instance
    const image = this.pristine(script)
    const spans: [number, number][] =
      extent === 'all'
        ? [[0, memory.length]]
        : [
            [0, layout.staticEnd],
            [stackTop, script.image.top],
          ]
    return spans
      .filter(([from, to]) => image.compare(memory, from, to, from, to) !== 0)
      .map(([from, to]) => `${from} to ${to}`)
  }

  #slot(): Slot {
    const slot = this.#workshop.slot()
    this.slots.push(slot)
    return slot
  }
}
