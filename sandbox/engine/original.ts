import type { Marks } from './cards.ts'
import { type Image, loadImage, type Piece } from './image.ts'

/**
 * What the memory of an instance is to be whenever a run begins: an image, and what no image has,
 * constants and zeros. It lies behind the guest's memory, where no guest can write and go on.
 */
export class Original {
  readonly #bytes: Buffer
  readonly #marks: Marks
  #image: Image | undefined

  constructor(bytes: Buffer, marks: Marks, constants: Uint8Array) {
    this.#bytes = bytes
    this.#marks = marks
    bytes.set(constants)
  }

  get image(): Image | undefined {
    return this.#image
  }

  /**
   * Becomes another image. Where both are on one base, all that differs is marked: so memory that
   * was like the one becomes like the other when what is marked is restored.
   */
  become(image: Image): 'changed' | 'replaced' {
    const from = this.#image
    this.#image = image
    if (from && baseOf(from) === baseOf(image)) {
      this.#leave(from)
      this.#lay(image)
      return 'changed'
    }
    loadImage(this.#bytes, image)
    if (from && from.top > image.top) this.#bytes.fill(0, image.top, from.top)
    return 'replaced'
  }

  /** Writes a part of it into memory, marked or not. */
  copyTo(memory: Buffer, from: number, to: number): void {
    this.#bytes.copy(memory, from, from, to)
  }

  /** Goes back to the base. */
  #leave(image: Image): void {
    const { pieces, top } = baseOf(image)
    for (let from = image; from.under; from = from.under) {
      for (const { at, bytes } of from.pieces) {
        const end = at + bytes.length
        this.#marks.wrote(at, bytes.length)
        for (const piece of pieces) this.#layPart(piece, at, end)
        if (end > top) this.#bytes.fill(0, Math.max(at, top), end)
      }
    }
  }

  #layPart({ at, bytes }: Piece, from: number, to: number): void {
    const start = Math.max(at, from)
    const end = Math.min(at + bytes.length, to)
    if (start < end) this.#bytes.set(bytes.subarray(start - at, end - at), start)
  }

  #lay({ pieces, under }: Image): void {
    if (!under) return
    this.#lay(under)
    for (const { at, bytes } of pieces) {
      this.#marks.wrote(at, bytes.length)
      this.#bytes.set(bytes, at)
    }
  }
}

/** The image that all those under it stand on. */
function baseOf(image: Image): Image {
  return image.under ? baseOf(image.under) : image
}
