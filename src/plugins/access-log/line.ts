import { Buffer } from 'node:buffer'
import type { Exchange } from 'gateway/plugin'
import { Piece } from './piece.ts'

/** Memory for the first line, in bytes. */
const FIRST = 512
/** More than this is not kept for the next line. */
const KEPT = 16_384
const NONE: Buffer = Buffer.alloc(0)

/**
 * The lines of a format, as bytes. Each is made in the memory that holds the one before: what is
 * the same in both, and at the same place, stands there already.
 */
export class Line {
  readonly #pieces: readonly Piece[]
  #memory = NONE
  /** The memory as far as the last line went. */
  #line: Uint8Array = NONE

  /** `tail` is the text behind the last variable. */
  constructor(pieces: readonly Piece[], tail: string) {
    const end = new Piece(
      `${tail}\n`,
      () => undefined,
      () => '',
    )
    this.#pieces = [...pieces, end]
  }

  /** The line of an exchange with its line feed, valid until the next. */
  make(x: Exchange): Uint8Array {
    const pieces = this.#pieces
    if (this.#memory.length > KEPT) this.#memory = NONE
    if (this.#memory === NONE) this.#resize(FIRST)
    let at = 0
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as Piece
      piece.take(piece.get(x))
      if (piece.fresh || piece.at !== at) this.#put(piece, at, pieces[i + 1])
      at += piece.size
    }
    if (this.#line.length !== at) this.#line = this.#memory.subarray(0, at)
    return this.#line
  }

  #put(piece: Piece, at: number, next: Piece | undefined): void {
    const room = at + piece.most
    if (room > this.#memory.length) this.#resize(Math.max(room, this.#memory.length * 2))
    const size = piece.put(this.#memory, at)
    // What follows may have been written over, and is not come to in this line if a variable fails.
    if (next && (piece.at !== at || piece.size !== size)) next.at = -1
    piece.at = at
    piece.size = size
    piece.fresh = false
  }

  #resize(bytes: number): void {
    const memory = Buffer.allocUnsafeSlow(bytes)
    this.#memory.copy(memory)
    if (this.#memory === NONE) for (const piece of this.#pieces) piece.at = -1
    this.#memory = memory
    this.#line = NONE
  }
}
