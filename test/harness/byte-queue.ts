/** Bytes that arrive in pieces and are taken in pieces of another cut: by count, by marker, or whole. */
export class ByteQueue {
  #parts: Buffer[] = []
  #size = 0
  #finished = false
  #failure: Error | undefined
  #wake: (() => void) | undefined
  readonly #patience: number

  /** `patience`: milliseconds a reader waits for the next byte before it gives up. */
  constructor(patience = 8000) {
    this.#patience = patience
  }

  get size(): number {
    return this.#size
  }

  /** Whether the sender has said that nothing follows, in order or by a reset. */
  get over(): boolean {
    return this.#finished
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  push(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#size += bytes.length
    this.#wake?.()
  }

  finish(failure?: Error): void {
    if (this.#finished) return
    this.#finished = true
    this.#failure = failure
    this.#wake?.()
  }

  /** Takes what is here now, which may be nothing. */
  drain(): Buffer {
    const bytes = this.peek()
    this.#parts = []
    this.#size = 0
    return bytes
  }

  /** Everything that is here now, left in place. */
  peek(): Buffer {
    const [first] = this.#parts
    if (first === undefined) return Buffer.alloc(0)
    if (this.#parts.length === 1) return first
    const whole = Buffer.concat(this.#parts, this.#size)
    this.#parts = [whole]
    return whole
  }

  /** Waits for at least one more byte than is here now; false when none will come. */
  async more(patience = this.#patience): Promise<boolean> {
    const before = this.#size
    if (this.#finished) return false
    let late = false
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        late = true
        resolve()
      }, patience)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
    if (late) throw new Error(`nothing came for ${patience} ms after ${this.#excerpt()}`)
    return this.#size > before
  }

  /** Exactly `count` bytes. */
  async take(count: number): Promise<Buffer> {
    while (this.#size < count) {
      if (!(await this.more())) throw this.#early(`${count} bytes`)
    }
    return this.#cut(count)
  }

  /** The bytes up to and with `marker`. */
  async until(marker: string): Promise<Buffer> {
    let from = 0
    for (;;) {
      const held = this.peek()
      const at = held.indexOf(marker, from, 'latin1')
      if (at >= 0) return this.#cut(at + marker.length)
      from = Math.max(0, held.length - marker.length + 1)
      if (!(await this.more())) throw this.#early(JSON.stringify(marker))
    }
  }

  /** Everything until the sender finishes; a reset is an error. */
  async rest(): Promise<Buffer> {
    while (await this.more());
    if (this.#failure !== undefined) throw this.#early('the end')
    return this.drain()
  }

  #cut(count: number): Buffer {
    const whole = this.peek()
    this.#parts = count < whole.length ? [whole.subarray(count)] : []
    this.#size = whole.length - count
    return whole.subarray(0, count)
  }

  #early(wanted: string): Error {
    const how = this.#failure === undefined ? 'ended' : `broke (${this.#failure.message})`
    return new Error(`the connection ${how} before ${wanted}; it held ${this.#excerpt()}`)
  }

  #excerpt(): string {
    const held = this.peek()
    const text = held.subarray(0, 300).toString('latin1')
    return `${held.length} bytes ${JSON.stringify(text)}`
  }
}
