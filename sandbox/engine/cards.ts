import type { Layout } from './build.ts'
import { type Image, loadImage, type Piece } from './image.ts'
import type { Cards } from './wasm/write-marks.ts'

/** A card is a piece of memory that is restored as a whole where anything was written to it. */
const SHIFT = 9
export const CARD = 1 << SHIFT

export const ZERO_CARD: Uint8Array = new Uint8Array(CARD)

/** A page of WebAssembly's memory, in bytes. */
export const PAGE = 65_536

/**
 * The marks of a memory of so many bytes. They are the last bytes of the pages behind it: a store to
 * a mark, or to anything else behind the memory, would have a mark behind the last page, so that it
 * traps. No guest can write there and go on, whatever defect of the engine it has found.
 */
export function cardsBehind(memoryBytes: number): Cards {
  const count = memoryBytes >> SHIFT
  const pages = Math.ceil(count / PAGE)
  return { at: memoryBytes + pages * PAGE - count, shift: SHIFT, pages }
}

/**
 * Which cards of an instance were written to since its image was loaded. The engine's own stores
 * mark them (see wasm/write-marks.ts), the host tells of its own.
 */
export class Marks {
  readonly #marks: Buffer
  /** The same, four at a time. */
  readonly #groups: Int32Array

  constructor(buffer: ArrayBuffer, { at }: Cards) {
    this.#marks = Buffer.from(buffer, at)
    this.#groups = new Int32Array(buffer, at)
  }

  /** The host has written there itself. */
  wrote(at: number, bytes: number): void {
    const last = (at + bytes - 1) >>> SHIFT
    for (let card = at >>> SHIFT; card <= last; card++) this.#marks[card] = 1
  }

  /** The cards with a mark that lie in a range of memory, or partly; their marks stay. */
  marked(from: number, to: number): number[] {
    const cards: number[] = []
    const last = (to - 1) >> SHIFT
    for (let card = from >> SHIFT; card <= last; card++) {
      // Nothing was written to most groups.
      if ((card & (GROUP - 1)) === 0 && this.#groups[card / GROUP] === 0) card += GROUP - 1
      else if (this.#marks[card] !== 0) cards.push(card)
    }
    return cards
  }

  /** Takes all marks away, wherever they are, and calls `written` with each card that had one. */
  takeAll(written: (card: number) => void): void {
    const marks = this.#marks
    for (let card = marks.indexOf(1); card >= 0; card = marks.indexOf(1, card)) {
      // Cards that were written to lie together, and between such places there is nothing for long.
      for (let gap = 0; gap < WIDE_GAP && card < marks.length; card++) {
        if (marks[card] === 0) {
          gap++
          continue
        }
        marks[card] = 0
        written(card)
        gap = 0
      }
    }
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

  #restoreGroup(first: number, memory: Uint8Array, cards: ImageCards): void {
    const marks = this.#marks
    for (let card = first; card < first + GROUP; card++) {
      if (marks[card] === 0) continue
      marks[card] = 0
      if (card >= cards.end) memory.fill(0, card * CARD, (card + 1) * CARD)
      else restoreCard(memory, cards, card)
    }
  }
}

/** So many cards without a mark are passed over faster by a search. */
const WIDE_GAP = 64

const GROUP = 4
const CARD_WORDS = CARD / 4

/** Whether there is nothing in a card; `words` are all of the memory. */
export function isZeroCard(words: Uint32Array, card: number): boolean {
  const end = (card + 1) * CARD_WORDS
  for (let word = card * CARD_WORDS; word < end; word++) if (words[word] !== 0) return false
  return true
}

const GROUP_SHIFT = SHIFT + 2

function restoreCard(memory: Uint8Array, cards: ImageCards, card: number): void {
  const piece = cardIn(cards, card)
  if (piece) memory.set(piece.bytes, piece.at)
}

/** What of a card an image restores. */
export function cardIn(cards: ImageCards, card: number): Piece | undefined {
  const piece = cards.pages[card >> PAGE_SHIFT]?.[card & IN_PAGE]
  return piece === UNMADE ? makeCard(cards, card) : piece
}

/** So many cards; images share the pages in which they are the same. */
type Page = (Piece | undefined)[]

const PAGE_SHIFT = 6
const PAGE_CARDS = 1 << PAGE_SHIFT
const IN_PAGE = PAGE_CARDS - 1

/** A card that is made when it is restored for the first time: most of a script's never are. */
const UNMADE: Piece = { at: -1, bytes: new Uint8Array() }

/** An image card by card. */
export interface ImageCards {
  readonly image: Image
  readonly under: ImageCards | undefined
  /** Where static data that is written to lies, and where the heap starts. */
  readonly staticStart: number
  readonly staticEnd: number
  readonly heapStart: number
  /** Undefined where nothing is restored: constants, C's stack, and memory of ours. */
  readonly pages: readonly Page[]
  /** From this card on all of memory is zero. */
  readonly end: number
  /** Of a base: those of its cards that were needed as a whole, constants and stack included. */
  readonly whole: (Uint8Array | undefined)[]
}

const known = new WeakMap<Image, ImageCards>()

/** The cards of an image; made once. */
export function cardsOf(image: Image, layout: Layout, heapStart: number): ImageCards {
  const found = known.get(image)
  if (found) return found
  const end = Math.ceil(image.top / CARD)
  const under = image.under && cardsOf(image.under, layout, heapStart)
  const pages = under ? pagesOver(under, image, end) : pagesOf(image, end, layout, heapStart)
  const { constantEnd: staticStart, staticEnd } = layout
  const whole = under ? [] : new Array<undefined>(end)
  const cards = { image, under, staticStart, staticEnd, heapStart, pages, end, whole }
  known.set(image, cards)
  return cards
}

function pagesOf(image: Image, end: number, layout: Layout, heapStart: number): Page[] {
  const whole = Buffer.alloc(end * CARD)
  loadImage(whole, image)
  return Array.from({ length: Math.ceil(end / PAGE_CARDS) }, (_, page) => {
    return Array.from({ length: PAGE_CARDS }, (_, i) => {
      const card = page * PAGE_CARDS + i
      return card < end ? pieceOf(whole, card, layout, heapStart) : undefined
    })
  })
}

/** There is such a list for each script: what is like its base is its base's. */
function pagesOver(under: ImageCards, { pieces }: Image, end: number): Page[] {
  const pages: Page[] = [...under.pages]
  const change = (card: number) => {
    const number = card >> PAGE_SHIFT
    const shared = under.pages[number]
    if (pages[number] === shared) {
      pages[number] = Array.from({ length: PAGE_CARDS }, (_, i) => shared?.[i])
    }
    const page = pages[number] as Page
    page[card & IN_PAGE] = UNMADE
  }
  for (let card = under.end; card < end; card++) change(card)
  for (const { at, bytes } of pieces) {
    const last = (at + bytes.length - 1) >> SHIFT
    for (let card = at >> SHIFT; card <= last; card++) change(card)
  }
  return pages
}

/** The card of the image under it, with what is different. */
function makeCard({ image, pages, under }: ImageCards, card: number): Piece {
  const start = card * CARD
  const below = under && cardIn(under, card)
  const at = below?.at ?? start
  const bytes = below ? new Uint8Array(below.bytes) : new Uint8Array(CARD)
  for (const piece of image.pieces) {
    const from = Math.max(piece.at, start)
    const to = Math.min(piece.at + piece.bytes.length, start + CARD)
    if (from < to) bytes.set(piece.bytes.subarray(from - piece.at, to - piece.at), from - at)
  }
  const made = { at, bytes }
  const page = pages[card >> PAGE_SHIFT] as Page
  page[card & IN_PAGE] = made
  return made
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
