import { Buffer } from 'node:buffer'
import { constants, createGzip, type Gzip, gunzipSync } from 'node:zlib'
import { OutputMemory } from './output-memory.ts'
import type { DeflateOptions, DeflateState, Flush } from './state.ts'

const FLAGS: Readonly<Record<Flush, number>> = {
  none: constants.Z_NO_FLUSH,
  sync: constants.Z_SYNC_FLUSH,
  finish: constants.Z_FINISH,
}

/** The part of Node's zlib that is not documented: a handle that works at once, and its result. */
interface Inner {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputSize: number,
      output: Uint8Array,
      outputAt: number,
      outputSize: number,
    ): void
    reset(): void
  }
  /** Bytes of output and of input that are left. */
  readonly _writeState: Uint32Array
}

/**
 * zlib used directly and at once, and used again for the next response: a third of the cost of
 * `gzipSync`, which sets up a quarter of a megabyte each time. Ask `directlyUsable` first.
 */
export class DirectState implements DeflateState {
  readonly #gzip: Gzip & Inner
  readonly #output: OutputMemory

  /** States can share their output memory: each is done with it when `run` returns. */
  constructor(options: DeflateOptions, output: OutputMemory) {
    const { level, windowBits, memLevel } = options
    this.#gzip = createGzip({ level, windowBits, memLevel }) as Gzip & Inner
    this.#output = output
    // What goes wrong is seen in `destroyed`, right where it happens.
    this.#gzip.on('error', () => undefined)
  }

  run(input: Uint8Array, flush: Flush): Uint8Array {
    const flag = FLAGS[flush]
    const output = this.#output
    const { _handle: handle, _writeState: left } = this.#gzip
    let at = 0
    let made: Buffer | undefined
    for (;;) {
      output.prepare()
      const { block, used } = output
      handle.writeSync(flag, input, at, input.length - at, block, used, block.length - used)
      if (this.#gzip.destroyed) throw new Error('zlib cannot go on')
      const room = left[0] as number
      at = input.length - (left[1] as number)
      const piece = output.take(block.length - room)
      made = made === undefined ? piece : Buffer.concat([made, piece])
      // Room left over means that nothing more is to come.
      if (room > 0) return made
    }
  }

  reset(): boolean {
    if (this.#gzip.destroyed) return false
    this.#gzip._handle.reset()
    return true
  }
}

/** Whether this Node has what `DirectState` uses, and it does what it should. */
export function directlyUsable(): boolean {
  try {
    const options = { level: 1, windowBits: 15, memLevel: 8, output: 4096 }
    const state = new DirectState(options, new OutputMemory(options.output))
    const probe = Buffer.from('probe '.repeat(100))
    for (let round = 0; round < 2; round++) {
      const parts = [state.run(probe, 'sync'), state.run(probe, 'finish')]
      if (gunzipSync(Buffer.concat(parts)).length !== 2 * probe.length) return false
      if (!state.reset()) return false
    }
    return true
  } catch {
    return false
  }
}
