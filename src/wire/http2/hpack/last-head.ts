/** No head. */
const NO_STATUS = 0

/**
 * The last head of which every field had an index, and its bytes: as long as the table does not
 * change, the same head is the same bytes, and to compare its texts is quicker than to look each of
 * them up.
 */
export class LastHead {
  #status = NO_STATUS
  #fields: string[] = []
  /** How many fields the table had been given by then. */
  #added = 0
  #bytes: Uint8Array = new Uint8Array()

  /** Writes it from `at` on, if this is that head again, and returns where it ends; else `at`. */
  write(
    out: Uint8Array,
    at: number,
    status: number,
    fields: readonly string[],
    added: number,
  ): number {
    const known = this.#fields
    if (status !== this.#status || added !== this.#added || known.length !== fields.length)
      return at
    for (let i = 0; i < fields.length; i++) if (known[i] !== fields[i]) return at
    const bytes = this.#bytes
    for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i] as number
    return at + bytes.length
  }

  keep(status: number, fields: readonly string[], added: number, bytes: Uint8Array): void {
    this.#status = status
    this.#fields = fields.slice()
    this.#added = added
    this.#bytes = new Uint8Array(bytes)
  }

  /** The table has changed its size. */
  forget(): void {
    this.#status = NO_STATUS
    this.#fields = []
  }
}
