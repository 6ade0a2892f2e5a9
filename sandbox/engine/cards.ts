import type { Layout } from './build.ts'
import { type Image, loadImage } from './image.ts'
import type { Cards } from './wasm/write-marks.ts'

/** A card is a piece of memory that is restored as a whole where anything was written to it. */
const SHIFT = 9
export const CARD = 1 << SHIFT

const PAGE = 65_536

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
  /** The same, eight at a time: a number is 0 only where all eight are. */
  readonly #groups: Float64Array

  constructor(buffer: ArrayBuffer, { at }: Cards) {
    const count = at >> SHIFT
    this.#marks = new Uint8Array(buffer, at, count)
    this.#groups = new Float64Array(buffer, at, count / GROUP)
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
    const groups = Math.ceil(end / (CARD * GROUP))
    for (let group = 0; group < groups; group++) {
      if (this.#groups[group] === 0) continue
      for (let card = group * GROUP; card < (group + 1) * GROUP; card++) {
        if (this.#marks[card] === 0) continue
        this.#marks[card] = 0
        if (card >= cards.end) memory.fill(0, card * CARD, (card + 1) * CARD)
        else restoreCard(memory, cards.pieces[card])
      }
    }
  }
}

const GROUP = 8

function restoreCard(memory: Uint8Array, piece: Piece | undefined): void {
  if (piece) memory.set(piece.bytes, piece.at)
}

interface Piece {
  readonly at: number
  readonly bytes: Uint8Array
}

/** An image card by card; those it has like the image under it are the same objects. */
export interface ImageCards {
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
  const cards = { pieces, end }
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
