/** Where a document goes, but for what stands in elements whose content was taken away. */
export class Output {
  readonly #parts: string[] = []
  #muted = 0

  /** Puts a byte string out. */
  put(text: string): void {
    if (this.#muted === 0 && text !== '') this.#parts.push(text)
  }

  mute(): void {
    this.#muted++
  }

  unmute(): void {
    this.#muted--
  }

  /** All that was put out since the last time. */
  take(): Uint8Array {
    const bytes = Buffer.from(this.#parts.join(''), 'latin1')
    this.#parts.length = 0
    return bytes
  }
}
