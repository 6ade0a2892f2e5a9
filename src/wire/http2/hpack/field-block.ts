/**
 * The fields of a decoded header block. One is used again and again: what stands behind `length` is
 * left of earlier blocks.
 */
export class FieldBlock {
  /** name, value, name, value… as byte strings. */
  readonly list: string[] = []
  /** What is known of each field, by the `FieldMarks` of the decoder. */
  readonly marks: number[] = []
  /** How many strings of `list` are of this block: twice the number of its fields. */
  length = 0
  /** Their bytes, with 32 for each (SETTINGS_MAX_HEADER_LIST_SIZE, RFC 9113 section 6.5.2). */
  size = 0
  /** Whether there were more, or larger ones, than is allowed: those stand nowhere. */
  tooLarge = false

  clear(): void {
    this.length = 0
    this.size = 0
    this.tooLarge = false
  }
}
