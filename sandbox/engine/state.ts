import { CARD, isZeroCard } from './cards.ts'
import type { Instance } from './instance.ts'

/**
 * What a run that waits has made of its script's image: every card that was written to, in one piece
 * of memory, so that it can be handed to a thread without a copy. No comparing is needed for it, and
 * what it takes to make is what it takes to copy.
 */
export interface State {
  /** The errand that ended with it, where one did: its thread may still hold it. */
  readonly errand: number | undefined
  /** The end of the heap. */
  readonly top: number
  /** The numbers of the cards, ascending. */
  readonly cards: Uint32Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * Takes the state of an instance that is not running, which was loaded with an image that ends at
 * `imageTop`; at the end of an errand, that has a number.
 */
export function captureState(instance: Instance, imageTop: number, errand?: number): State {
  const { heapEnd, layout, marks, memory, stackTop, words } = instance
  const found = marks.marked(layout.constantEnd, layout.staticEnd)
  for (const card of marks.marked(stackTop, heapEnd)) {
    // Above the image all is zero where nothing else was written.
    if (card * CARD < imageTop || !isZeroCard(words, card)) found.push(card)
  }
  const bytes = new Uint8Array(found.length * CARD)
  forRuns(found, (first, count, at) => {
    bytes.set(memory.subarray(first * CARD, (first + count) * CARD), at * CARD)
  })
  return { errand, top: heapEnd, cards: Uint32Array.from(found), bytes }
}

/** Lays a state over the image it was made on; what it writes is marked. */
export function layState({ marks, memory }: Instance, { bytes, cards }: State): void {
  forRuns(cards, (first, count, at) => {
    memory.set(bytes.subarray(at * CARD, (at + count) * CARD), first * CARD)
    marks.wrote(first * CARD, count * CARD)
  })
}

/** The memory of a state, for whom it is handed over to. */
export function memoryOfState({ bytes, cards }: State): ArrayBuffer[] {
  return [bytes.buffer, cards.buffer]
}

/** Cards that lie together, at once: where the first is in memory and among all, and how many. */
function forRuns(
  cards: ArrayLike<number>,
  each: (first: number, count: number, at: number) => void,
): void {
  for (let at = 0; at < cards.length; ) {
    const first = cards[at] as number
    let count = 1
    while (cards[at + count] === first + count) count++
    each(first, count, at)
    at += count
  }
}
