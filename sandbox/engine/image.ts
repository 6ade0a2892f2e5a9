import type { Layout } from './build.ts'

/** Bytes and where they belong. */
export interface Piece {
  readonly at: number
  readonly bytes: Uint8Array
}

/**
 * The state of an instance that is not running: static data and heap, as the difference from
 * another image or whole. C's stack is empty then and not part of it.
 */
export interface Image {
  readonly under: Image | undefined
  /** The end of the memory in use; everything from the heap's start up to here is restored. */
  readonly top: number
  readonly pieces: readonly Piece[]
  /** Memory this image keeps beyond the one under it. */
  readonly size: number
}

/** Memory in use ends at a multiple of this. */
export const BLOCK = 256

/** Differences are looked for only in those spans of this many bytes that have any. */
const SPAN = 4096

/** As many equal bytes between two differences cost less than a piece of their own. */
const GAP = 32
const WORD = 4

/** Keeps the whole state, zeros included: typed arrays and empty tables are live memory, too. */
export function captureWhole(
  memory: Buffer,
  layout: Layout,
  heapStart: number,
  heapEnd: number,
): Image {
  const top = usedTop(memory, heapStart, heapEnd)
  const pieces = [
    pieceOf(memory, layout.constantEnd, layout.staticEnd),
    pieceOf(memory, heapStart, top),
  ]
  return { under: undefined, top, pieces, size: sizeOf(pieces) }
}

/** Writes the state into memory; whatever was in its range before is gone. */
export function loadImage(memory: Uint8Array, image: Image): void {
  if (image.under) {
    loadImage(memory, image.under)
    if (image.top > image.under.top) memory.fill(0, image.under.top, image.top)
  }
  for (const { at, bytes } of image.pieces) memory.set(bytes, at)
}

/** Finds how a state differs from an image; has a memory of its own to lay the image out in. */
export class Differ {
  readonly #layout: Layout
  readonly #heapStart: number
  readonly #expected: Buffer
  #top: number

  constructor(layout: Layout, heapStart: number, memoryBytes: number) {
    this.#layout = layout
    this.#heapStart = heapStart
    this.#top = heapStart
    this.#expected = Buffer.from(new ArrayBuffer(memoryBytes))
  }

  /** Keeps what differs from the image; of memory above it what is not zero, up to `heapEnd`. */
  capture(memory: Buffer, under: Image, heapEnd: number): Image {
    const top = Math.max(usedTop(memory, this.#heapStart, heapEnd), under.top)
    this.#expected.fill(0, under.top, Math.max(this.#top, under.top))
    this.#top = Math.max(under.top, top)
    loadImage(this.#expected, under)
    const runs: Run[] = []
    this.#compare(memory, this.#layout.constantEnd, this.#layout.staticEnd, runs)
    this.#compare(memory, this.#heapStart, top, runs)
    const pieces = piecesOf(memory, runs)
    return { under, top, pieces, size: sizeOf(pieces) }
  }

  #compare(memory: Buffer, from: number, to: number, runs: Run[]): void {
    const words = new Uint32Array(memory.buffer, memory.byteOffset, to / WORD)
    const expected = new Uint32Array(this.#expected.buffer, 0, to / WORD)
    let run: Run | undefined
    for (let at = from; at < to; at += SPAN) {
      const end = Math.min(at + SPAN, to)
      if (this.#expected.compare(memory, at, end, at, end) === 0) continue
      for (let word = at / WORD; word < end / WORD; word++) {
        if (words[word] === expected[word]) continue
        const start = word * WORD
        if (!run || start - run.to > GAP) {
          run = { from: start, to: start }
          runs.push(run)
        }
        run.to = start + WORD
      }
    }
  }
}

/** Memory that differs. */
interface Run {
  readonly from: number
  to: number
}

/** There are many small ones: they share one buffer. */
function piecesOf(memory: Uint8Array, runs: readonly Run[]): Piece[] {
  const bytes = new Uint8Array(runs.reduce((sum, { from, to }) => sum + to - from, 0))
  let end = 0
  return runs.map(({ from, to }) => {
    const start = end
    end += to - from
    bytes.set(memory.subarray(from, to), start)
    return { at: from, bytes: bytes.subarray(start, end) }
  })
}

/**
 * Where used memory ends. The allocator keeps the size of the free rest behind the last chunk that
 * is in use, so even a chunk full of zeros is followed by something else.
 */
function usedTop(memory: Buffer, from: number, to: number): number {
  let end = to
  while (end - SPAN > from && memory.compare(ZEROS, 0, SPAN, end - SPAN, end) === 0) end -= SPAN
  while (end > from && memory[end - 1] === 0) end--
  return Math.min(Math.ceil(end / BLOCK) * BLOCK, memory.length)
}

const ZEROS = Buffer.alloc(SPAN)

function pieceOf(memory: Uint8Array, from: number, to: number): Piece {
  return { at: from, bytes: new Uint8Array(memory.subarray(from, to)) }
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
