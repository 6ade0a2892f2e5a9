import { CARD, cardIn, cardsOf, type ImageCards, ZERO_CARD } from './cards.ts'
import type { Image } from './image.ts'
import type { Instance } from './instance.ts'

/**
 * Makes an instance that holds one image, and what its guests have written since, hold another image
 * on the same base, as if nothing of the first one had ever been there: all memory that was written
 * to becomes the base's, and then the other's differences are laid over it. What is neither written
 * to nor a difference is the base's already.
 */
export function handOver(instance: Instance, constants: Uint8Array, from: Image, to: Image): void {
  const { layout, marks, memory, ownEnd, stackTop } = instance
  const base = cardsOf(baseOf(from), layout, stackTop)
  for (let image = from; image.under; image = image.under) {
    for (const { at, bytes } of image.pieces) marks.wrote(at, bytes.length)
  }
  // One half of these is restored for the same script as well, and the mark is gone with it.
  marks.wrote(constants.length - 1, 1)
  marks.wrote(stackTop - 1, 1)
  marks.takeAll((card) => memory.set(wholeCard(base, constants, card), card * CARD))
  // What the host writes there itself has no marks.
  memory.fill(0, layout.staticEnd, ownEnd)
  layOver(memory, to)
}

/** The image that all those under it stand on. */
export function baseOf(image: Image): Image {
  return image.under ? baseOf(image.under) : image
}

function layOver(memory: Uint8Array, { pieces, under }: Image): void {
  if (!under) return
  layOver(memory, under)
  for (const { at, bytes } of pieces) memory.set(bytes, at)
}

/** All bytes of a card, those too that no image has: constants, and the zeros of C's stack. */
function wholeCard(base: ImageCards, constants: Uint8Array, card: number): Uint8Array {
  if (card >= base.end) return ZERO_CARD
  const known = base.whole[card]
  if (known) return known
  const made = makeWhole(base, constants, card)
  base.whole[card] = made
  return made
}

function makeWhole(base: ImageCards, constants: Uint8Array, card: number): Uint8Array {
  const start = card * CARD
  const piece = cardIn(base, card)
  if (!piece && start >= constants.length) return ZERO_CARD
  const whole = new Uint8Array(CARD)
  whole.set(constants.subarray(start, start + CARD))
  if (piece) whole.set(piece.bytes, piece.at - start)
  return whole
}
