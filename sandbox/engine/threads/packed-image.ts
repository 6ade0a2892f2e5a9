import type { Image } from '../image.ts'

/** An image in one piece of memory, so that it can be handed over without a copy. */
export interface PackedImage {
  readonly top: number
  /** Where each of its pieces belongs, and how long it is, in turns. */
  readonly places: Uint32Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Packs what an image adds to the one under it. */
export function packImage({ pieces, size, top }: Image): PackedImage {
  const places = new Uint32Array(2 * pieces.length)
  const bytes = new Uint8Array(size)
  let end = 0
  for (const [index, piece] of pieces.entries()) {
    places.set([piece.at, piece.bytes.length], 2 * index)
    bytes.set(piece.bytes, end)
    end += piece.bytes.length
  }
  return { top, places, bytes }
}

/** The memory of a packed image, for whom it is handed over to. */
export function memoryOf({ bytes, places }: PackedImage): ArrayBuffer[] {
  return [bytes.buffer, places.buffer]
}

/** The image that was packed, on the one it was made on. */
export function unpackImage({ bytes, places, top }: PackedImage, under: Image | undefined): Image {
  let end = 0
  const pieces = Array.from({ length: places.length / 2 }, (_, index) => {
    const start = end
    end += places[2 * index + 1] as number
    return { at: places[2 * index] as number, bytes: bytes.subarray(start, end) }
  })
  return { under, top, pieces, size: bytes.length }
}
