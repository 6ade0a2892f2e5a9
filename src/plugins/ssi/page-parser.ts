import { Buffer } from 'node:buffer'
import { type Command, CommandParser, type Malformed } from './command-parser.ts'

const OPENING = Buffer.from('<!--#')
const LESS_THAN = 60

/** What a page is made of: bytes that stand for themselves, and commands. */
export type Piece = Uint8Array | Command | Malformed

/** Cuts a page into its pieces as its chunks come. */
export class PageParser {
  readonly #commands: CommandParser
  /** Bytes of the opening that were there so far; all of them: inside a command. */
  #matched = 0

  constructor(valueLength: number) {
    this.#commands = new CommandParser(valueLength)
  }

  /**
   * Takes the bytes from `at` on up to the end of a command, or of the chunk, and gives its pieces
   * to `give`: texts, then perhaps what the command was. Returns where to go on.
   */
  take(chunk: Uint8Array, at: number, give: (piece: Piece) => void): number {
    if (this.#matched < OPENING.length) return this.#text(chunk, at, give)
    for (let i = at; i < chunk.length; i++) {
      const read = this.#commands.take(chunk[i] as number)
      if (!read) continue
      this.#matched = 0
      give(read)
      return i + 1
    }
    return chunk.length
  }

  /** What was held back, for it might have begun a command; nothing of a command that has begun. */
  end(): Uint8Array | undefined {
    const held = this.#matched
    this.#matched = 0
    return held > 0 && held < OPENING.length ? OPENING.subarray(0, held) : undefined
  }

  #text(chunk: Uint8Array, at: number, give: (piece: Piece) => void): number {
    const before = this.#matched
    let matched = before
    let i = at
    for (; i < chunk.length && matched < OPENING.length; i++) {
      const byte = chunk[i]
      if (byte === OPENING[matched]) matched++
      else if (byte === LESS_THAN) matched = 1
      else {
        matched = 0
        // To the next place where one can begin.
        const next = chunk.indexOf(LESS_THAN, i + 1)
        i = next < 0 ? chunk.length - 1 : next - 1
      }
    }
    this.#matched = matched
    const textEnd = i - matched
    // What the chunk before ended with has turned out to be text, or the match goes on.
    const held = textEnd < at ? before + textEnd - at : before
    if (held > 0) give(OPENING.subarray(0, held))
    if (textEnd > at) give(chunk.subarray(at, textEnd))
    return i
  }
}
