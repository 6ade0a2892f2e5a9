import type { Layout } from './build.ts'
import { type Image, loadImage, type Piece } from './image.ts'
import type { Cards } from './wasm/write-marks.ts'

/** A card is a piece of memory that is restored as a whole where anything was written to it. */
const SHIFT = 9
export const CARD = 1 << SHIFT

/** A page of WebAssembly's memory, in bytes. */
export const PAGE = 65_536

/** The marks of a memory of so many bytes: they lie behind it. */
export function cardsBehind(memoryBytes: number): Cards {
  return { at: memoryBytes, shift: SHIFT, pages: Math.ceil((memoryBytes >> SHIFT) / PAGE) }
}

/**
 * Which cards of an instance were written to since its image was loaded. The engine's own stores
 * mark them (see wasm/write-marks.ts), the host tells of its own.
 */
export class Marks {
  readonly #marks: Uint8Array
  /** The same, four at a time. */
  readonly #groups: Int32Array

  constructor(buffer: ArrayBuffer, { at }: Cards) {
    const count = at >> SHIFT
    this.#marks = new Uint8Array(buffer, at, count)
    this.#groups = new Int32Array(buffer, at, count / GROUP)
  }

  /** The host has written there itself. */
  wrote(at: number, bytes: number): void {
    const last = (at + bytes - 1) >>> SHIFT
    for (let card = at >>> SHIFT; card <= last; card++) this.#marks[card] = 1
  }

  clear(): void {
    this.#marks.fill(0)
  }

  /** Makes what was written in `memory`, up to `end`, that of an image again. */
  restore(memory: Uint8Array, cards: ImageCards, end: number): void {
    this.#restoreRange(memory, cards, cards.staticStart, cards.staticEnd)
    this.#restoreRange(memory, cards, cards.heapStart, end)
  }

  /** The marks of C's stack are not looked at: it lies between the two, and is larger than both. */
  #restoreRange(memory: Uint8Array, cards: ImageCards, from: number, to: number): void {
    const groups = this.#groups
    // Shifts, for an index that may be a fraction as far as V8 knows is converted at each step.
    const last = (to - 1) >> GROUP_SHIFT
    for (let group = from >> GROUP_SHIFT; group <= last; group++) {
      if (groups[group] !== 0) this.#restoreGroup(group * GROUP, memory, cards)
    }
  }

  #restoreGroup(first: number, memory: Uint8Array, { pieces, end }: ImageCards): void {
    const marks = this.#marks
    for (let card = first; card < first + GROUP; card++) {
      if (marks[card] === 0) continue
      marks[card] = 0
      if (card >= end) memory.fill(0, card * CARD, (card + 1) * CARD)
      else restoreCard(memory, pieces[card])
    }
  }
}

const GROUP = 4
const GROUP_SHIFT = SHIFT + 2

function restoreCard(memory: Uint8Array, piece: Piece | undefined): void {
  if (piece) memory.set(piece.bytes, piece.at)
}

/** An image card by card; those it has like the image under it are the same objects. */
export interface ImageCards {
  /** Where static data that is written to lies, and where the heap starts. */
  readonly staticStart: number
  readonly staticEnd: number
  readonly heapStart: number
  /** Undefined where nothing is restored: constants, C's stack, and memory of ours. */
  readonly pieces: readonly (Piece | undefined)[]
  /** From this card on all of memory is zero. */
  readonly end: number
}

const known = new WeakMap<Image, ImageCards>()

/** The cards of an image; made once. */
export function cardsOf(image: Image, layout: Layout, heapStart: number): ImageCards {
  const found = known.get(image)
  if (found) return found
  const under = image.under && cardsOf(image.under, layout, heapStart)
  const end = Math.ceil(image.top / CARD)
  const whole = Buffer.alloc(end * CARD)
  loadImage(whole, image)
  const pieces = Array.from({ length: end }, (_, card) => {
    const piece = pieceOf(whole, card, layout, heapStart)
    const below = under?.pieces[card]
    return piece && below && same(piece, below) ? below : piece
  })
  const { constantEnd: staticStart, staticEnd } = layout
  const cards = { staticStart, staticEnd, heapStart, pieces, end }
  known.set(image, cards)
  return cards
}

/** What of a card is static data or heap. The stack between them keeps a card from being both. */
function pieceOf(
  whole: Buffer,
  card: number,
  layout: Layout,
  heapStart: number,
): Piece | undefined {
  const from = Math.max(card * CARD, layout.constantEnd)
  const to = (card + 1) * CARD
  if (from < layout.staticEnd) return copyOf(whole, from, Math.min(to, layout.staticEnd))
  return to > heapStart ? copyOf(whole, Math.max(from, heapStart), to) : undefined
}

function copyOf(whole: Buffer, from: number, to: number): Piece | undefined {
  return from < to ? { at: from, bytes: new Uint8Array(whole.subarray(from, to)) } : undefined
}

function same(a: Piece, b: Piece): boolean {
  return a.at === b.at && Buffer.compare(a.bytes, b.bytes) === 0
}
