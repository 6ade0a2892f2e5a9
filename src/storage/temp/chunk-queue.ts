import { Buffer } from 'node:buffer'

/** Bytes that wait in memory, in the order they came. */
export class ChunkQueue {
  /** How many bytes wait. */
  size = 0
  #chunks: Buffer[] = []

  get chunks(): readonly Buffer[] {
    return this.#chunks
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.size += chunk.length
  }

  /** Drops the first bytes. */
  drop(bytes: number): void {
    let left = bytes
    this.size -= bytes
    while (left > 0) {
      const [first] = this.#chunks as [Buffer]
      if (first.length > left) {
        this.#chunks[0] = first.subarray(left)
        return
      }
      this.#chunks.shift()
      left -= first.length
    }
  }

  /** Takes the first bytes, as one piece of at most `most`. */
  take(most: number): Buffer {
    const piece = this.#first(most)
    this.drop(piece.length)
    return piece
  }

  #first(most: number): Buffer {
    const [first] = this.#chunks
    if (first && first.length >= most)
      return first.length === most ? first : first.subarray(0, most)
    if (first && this.#chunks.length === 1) return first
    return Buffer.concat(this.#chunks, Math.min(most, this.size))
  }
}
