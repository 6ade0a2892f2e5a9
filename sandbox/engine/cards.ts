import { RESTORER, ROW } from './wasm/restorer.ts'
import type { Cards } from './wasm/write-marks.ts'

/** A card is a piece of memory that is restored as a whole where anything was written to it. */
const SHIFT = 9
export const CARD = 1 << SHIFT

/** A page of WebAssembly's memory, in bytes. */
export const PAGE = 65_536

/**
 * The marks of a memory of so many bytes. Behind it lies an original of the same size, from which it
 * is restored, and then the marks, which are the last bytes of all: a store to anything behind the
 * guest's memory would have a mark behind the last page, so that it traps. No guest can write there
 * and go on, whatever defect of the engine it has found; and after a trap its instance is given up.
 */
export function cardsBehind(memoryBytes: number): Cards {
  const count = memoryBytes >> SHIFT
  const pages = memoryBytes / PAGE + Math.ceil(count / PAGE)
  return { at: memoryBytes + pages * PAGE - count, shift: SHIFT, pages }
}

/** Copies what is marked, between two marks, from the original, and takes the marks away. */
export type Restore = (from: number, to: number) => void

/** A restorer's function, in the memory it restores. */
export function restoreIn(memory: WebAssembly.Memory, restorer: WebAssembly.Module): Restore {
  const imports = { [RESTORER.module]: { [RESTORER.memory]: memory } }
  return new WebAssembly.Instance(restorer, imports).exports[RESTORER.restore] as never
}

/**
 * Which cards of an instance were written to since its image was loaded. The engine's own stores
 * mark them (see wasm/write-marks.ts), the host tells of its own.
 */
export class Marks {
  readonly #at: number
  readonly #marks: Uint8Array
  readonly #restore: Restore

  constructor(buffer: ArrayBuffer, { at }: Cards, restore: Restore) {
    this.#at = at
    this.#marks = new Uint8Array(buffer, at)
    this.#restore = restore
  }

  /** The host has written there itself. */
  wrote(at: number, bytes: number): void {
    const last = (at + bytes - 1) >>> SHIFT
    for (let card = at >>> SHIFT; card <= last; card++) this.#marks[card] = 1
  }

  /** The cards with a mark that lie in a range of memory, or partly; their marks stay. */
  marked(from: number, to: number): number[] {
    const found: number[] = []
    const marks = this.#marks
    const last = (to - 1) >> SHIFT
    for (let card = from >> SHIFT; card <= last; card++) if (marks[card] !== 0) found.push(card)
    return found
  }

  /** Makes what was written from one address to another like the original; and some cards around. */
  restore(from: number, to: number): void {
    const first = from >> SHIFT
    this.#restore(this.#at + first - (first % ROW), this.#at + ((to + CARD - 1) >> SHIFT))
  }

  /** The same for all of memory. */
  restoreAll(): void {
    this.#restore(this.#at, this.#at + this.#marks.length)
  }
}

const CARD_WORDS = CARD / 4

/** Whether there is nothing in a card; `words` are all of the memory. */
export function isZeroCard(words: Uint32Array, card: number): boolean {
  const end = (card + 1) * CARD_WORDS
  for (let word = card * CARD_WORDS; word < end; word++) if (words[word] !== 0) return false
  return true
}
