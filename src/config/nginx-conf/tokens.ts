import { Buffer } from 'node:buffer'
import { ConfigError, type Mark } from '../../kernel/directive/mark.ts'
import { unescaped } from '../lexer.ts'
import { MAX_PARAMETER_BYTES } from '../limits.ts'
import { COMMAND_LINE } from '../tree.ts'

/** A name with its arguments, up to the `;` that ends it or the `{` that opens its block. */
export interface Statement {
  readonly words: readonly string[]
  readonly opens: boolean
  /** Where its first word begins. */
  readonly line: number
  readonly column: number
  /** The line of what ends it, which nginx names in errors. */
  readonly ends: number
}

/** What stands between statements and is kept by those who write the file anew. */
export interface Comment {
  readonly text: string
  readonly line: number
  readonly column: number
}

/** Reads nginx's syntax piece by piece, with nginx's verdict on whatever is none of it. */
export class TokenReader {
  readonly comments: Comment[] = []
  readonly #text: string
  readonly #file: string
  #at = 0
  #line = 1
  #lineStart = 0

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  /** The next statement, `}`, or undefined at the end of the text. */
  next(): Statement | '}' | undefined {
    const words: string[] = []
    let start = { line: 0, column: 0 }
    for (;;) {
      this.#skip()
      const char = this.#text[this.#at]
      if (words.length === 0) start = this.#here()
      if (char === undefined) {
        if (words.length === 0) return undefined
        throw this.#unfinished()
      }
      if (char === ';' || char === '{') {
        if (words.length === 0) throw this.error(`unexpected "${char}"`)
        this.#at++
        return { words, opens: char === '{', ...start, ends: this.#line }
      }
      if (char === '}') {
        if (words.length > 0) throw this.error('unexpected "}"')
        this.#at++
        return char
      }
      words.push(char === '"' || char === "'" ? this.#quoted(char) : this.#plain())
    }
  }

  /** What is wrong where the reader stands. */
  error(text: string, hint?: string): ConfigError {
    return new ConfigError(this.#mark(this.#here()), text, hint)
  }

  #unfinished(hint?: string): ConfigError {
    return this.#file === COMMAND_LINE
      ? this.error('unexpected end of parameter, expecting ";"', hint)
      : this.error('unexpected end of file, expecting ";" or "}"', hint)
  }

  #here(): { line: number; column: number } {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #mark(place: { line: number; column: number }): Mark {
    return { file: this.#file, ...place }
  }

  /** White space and comments. */
  #skip(): void {
    const text = this.#text
    for (; this.#at < text.length; this.#at++) {
      const char = text[this.#at] as string
      if (char === '\n') this.#newLine(this.#at)
      else if (char === '#') this.#comment()
      else if (!isBlank(char)) return
    }
  }

  /** Ends on its last character. */
  #comment(): void {
    const end = this.#text.indexOf('\n', this.#at)
    const stop = end < 0 ? this.#text.length : end
    const text = this.#text.slice(this.#at, stop).trimEnd()
    this.comments.push({ text, ...this.#here() })
    this.#at = stop - 1
  }

  #quoted(quote: '"' | "'"): string {
    const text = this.#text
    const start = this.#at + 1
    let at = start
    while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
    this.#checkLength(start, Math.min(at, text.length), quote)
    if (at >= text.length) {
      this.#moveTo(text.length)
      throw this.#unfinished(`missing closing ${quote}`)
    }
    this.#moveTo(at + 1)
    const after = text[this.#at]
    // nginx lets a parenthesis follow, for `if ($a = "b")`.
    if (after !== undefined && !isBlank(after) && !';{)'.includes(after)) {
      throw this.error(`unexpected "${after}"`, 'white space belongs behind a closing quote')
    }
    return unescaped(text.slice(start, at))
  }

  #plain(): string {
    const text = this.#text
    const start = this.#at
    let at = start
    for (; at < text.length; at++) {
      const char = text[at] as string
      if (isBlank(char) || char === ';' || char === '{') break
      if (char === '\\') at++
      // The brace of `${name}` opens no block.
      else if (char === '$' && text[at + 1] === '{') at++
    }
    at = Math.min(at, text.length)
    this.#checkLength(start, at)
    this.#moveTo(at)
    return unescaped(text.slice(start, at))
  }

  /** As in nginx, a parameter must fit into one buffer. */
  #checkLength(start: number, end: number, quote?: string): void {
    // A character is three bytes at most.
    if ((end - start) * 3 < MAX_PARAMETER_BYTES) return
    const word = this.#text.slice(start, end)
    if (Buffer.byteLength(word) < MAX_PARAMETER_BYTES) return
    const long = 'too long parameter'
    if (quote) throw this.error(`${long}, probably missing terminating "${quote}" character`)
    throw this.error(`${long} "${word.slice(0, 10)}..." started`)
  }

  /** Behind a word, which may hold line feeds. */
  #moveTo(end: number): void {
    for (let at = this.#text.indexOf('\n', this.#at); at >= 0 && at < end; ) {
      this.#newLine(at)
      at = this.#text.indexOf('\n', at + 1)
    }
    this.#at = end
  }

  #newLine(at: number): void {
    this.#line++
    this.#lineStart = at + 1
  }
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}
