/** The longest line or event that is kept, in characters; a longer one is left out. */
const LONGEST = 1_000_000

/**
 * Reads server-sent events (HTML, section 9.2.6) of a body that comes in any chunks: a line, a line
 * end of two bytes, and a character of several may each be cut in two.
 */
export class EventReader {
  readonly #tell: (data: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ''
  #data: string[] = []
  #length = 0

  /** `tell` is called with the data of each event. */
  constructor(tell: (data: string) => void) {
    this.#tell = tell
  }

  read(chunk: Uint8Array): void {
    const text = this.#rest + this.#decoder.decode(chunk, { stream: true })
    // A CR at the end may be half of a CRLF.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = whole.split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() as string) + text.slice(whole.length)
    if (this.#rest.length > LONGEST) this.#rest = ''
    for (const line of lines) this.#line(line)
  }

  #line(line: string): void {
    if (line === '') {
      if (this.#data.length > 0 && this.#length <= LONGEST) this.#tell(this.#data.join('\n'))
      this.#data = []
      this.#length = 0
    } else if (line.startsWith('data:')) {
      this.#length += line.length
      if (this.#length <= LONGEST) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5))
    }
  }
}
