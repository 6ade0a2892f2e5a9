import type { Buffer } from 'node:buffer'
import '../../../base/node-buffer.ts'
import { words } from '../../http1/interner.ts'
import {
  blockCutOff,
  integerTooLarge,
  lateTableUpdate,
  noSuchField,
  tableTooLarge,
} from './compression-error.ts'
import { DEFAULT_TABLE_SIZE, DynamicTable, entrySize } from './dynamic-table.ts'
import type { FieldBlock } from './field-block.ts'
import { type FieldMarks, NO_MARKS } from './field-marks.ts'
import { decodeHuffman } from './huffman-decoder.ts'
import { recallHuffman } from './huffman-memo.ts'
import { STATIC_FIELDS, STATIC_NAMES, STATIC_VALUES } from './static-table.ts'

/** What a decoder takes. */
export interface DecoderLimits {
  /** The SETTINGS_HEADER_TABLE_SIZE that the other side was told, in bytes. */
  readonly tableSize: number
  /** Of the fields of one block, as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  readonly mostBytes: number
  readonly mostFields: number
}

const INDEXED = 0x80
const INCREMENTAL = 0x40
const TABLE_UPDATE = 0x20
const NEVER_INDEXED = 0x10
const HUFFMAN = 0x80

/** Bytes an integer may go on for: its value is below 2²⁸ then, and far above what any limit allows. */
const MOST_CONTINUATION = 4

/**
 * Header blocks of one direction of a connection, decoded one after another, each whole
 * (RFC 7541). It is used like this:
 *
 *     const decoder = new HpackDecoder({ tableSize: 4096, mostBytes: 32_768, mostFields: 1000 }, marks)
 *     const fields = new FieldBlock()
 *     decoder.decode(bytes, start, end, fields)
 *     for (let i = 0; i < fields.length; i += 2) use(fields.list[i], fields.list[i + 1])
 *
 * Names and values are byte strings, as they were sent: whether they may stand is the caller's to
 * judge, best once for each by a `FieldMarks`. What is more than the limits allow is left out and
 * noted (`fields.tooLarge`), but decoded, so that the next block is understood. A `CompressionError`
 * ends the connection.
 */
export class HpackDecoder {
  readonly #limits: DecoderLimits
  readonly #marks: FieldMarks
  readonly #table: DynamicTable
  /** Where the integer or string just read ends. */
  #after = 0

  constructor(limits: DecoderLimits, marks: FieldMarks = NO_MARKS) {
    this.#limits = limits
    this.#marks = marks
    // Whatever was announced, this is what the other side begins with.
    this.#table = new DynamicTable(DEFAULT_TABLE_SIZE)
  }

  /** The fields of the block that is the bytes `start` to `end`, put into `into`. */
  decode(block: Buffer, start: number, end: number, into: FieldBlock): void {
    into.clear()
    let at = start
    while (at < end && isTableUpdate(block[at] as number)) at = this.#resizeTable(block, at, end)
    while (at < end) {
      const first = block[at] as number
      if (first >= INDEXED) {
        const index = this.#integer(block, at, end, 0x7f)
        this.#indexed(index, into)
      } else if (first >= INCREMENTAL) {
        this.#literal(block, at, end, into)
      } else if (isTableUpdate(first)) {
        throw lateTableUpdate()
      } else {
        this.#literal(block, at, end, into)
      }
      at = this.#after
    }
  }

  #indexed(index: number, into: FieldBlock): void {
    if (index <= STATIC_FIELDS) {
      if (index === 0) throw noSuchField(index)
      const name = STATIC_NAMES[index] as string
      const mark = this.#marks.ofStatic[index] as number
      this.#give(name, STATIC_VALUES[index] as string, mark, into)
      return
    }
    const table = this.#table
    const slot = this.#slotOf(index)
    const name = table.names[slot] as string
    this.#give(name, table.values[slot] as string, table.marks[slot] as number, into)
  }

  #literal(block: Buffer, at: number, end: number, into: FieldBlock): void {
    const first = block[at] as number
    const incremental = first >= INCREMENTAL
    const index = this.#integer(block, at, end, incremental ? 0x3f : 0x0f)
    // What nobody may remember is not remembered here either, not even as text.
    const memory = !incremental && first >= NEVER_INDEXED ? 'none' : 'shared'
    const name = index === 0 ? this.#string(block, end, 'shared') : this.#nameAt(index)
    const value = this.#string(block, end, memory)
    const mark = this.#marks.of(name, value)
    if (incremental) this.#table.add(name, value, mark)
    this.#give(name, value, mark, into)
  }

  #give(name: string, value: string, mark: number, into: FieldBlock): void {
    const { length } = into
    into.size += entrySize(name, value)
    const { mostBytes, mostFields } = this.#limits
    if (into.size > mostBytes || length >= mostFields * 2) {
      into.tooLarge = true
      return
    }
    into.list[length] = name
    into.list[length + 1] = value
    into.marks[length >> 1] = mark
    into.length = length + 2
  }

  #nameAt(index: number): string {
    if (index <= STATIC_FIELDS) return STATIC_NAMES[index] as string
    return this.#table.names[this.#slotOf(index)] as string
  }

  #slotOf(index: number): number {
    const age = index - STATIC_FIELDS - 1
    if (age >= this.#table.count) throw noSuchField(index)
    return this.#table.slotOf(age)
  }

  /** It stands at the beginning of a block only (RFC 7541, section 4.2). */
  #resizeTable(block: Buffer, at: number, end: number): number {
    const size = this.#integer(block, at, end, 0x1f)
    if (size > this.#limits.tableSize) throw tableTooLarge(size, this.#limits.tableSize)
    this.#table.resize(size)
    return this.#after
  }

  /** An integer that begins in the bits `mask` of the byte at `at` (RFC 7541, section 5.1). */
  #integer(block: Buffer, at: number, end: number, mask: number): number {
    const prefix = (block[at] as number) & mask
    this.#after = at + 1
    return prefix < mask ? prefix : this.#longInteger(block, at + 1, end, mask)
  }

  #longInteger(block: Buffer, from: number, end: number, prefix: number): number {
    let value = prefix
    for (let i = 0; i < MOST_CONTINUATION; i++) {
      if (from + i >= end) throw blockCutOff()
      const byte = block[from + i] as number
      value += (byte & 0x7f) << (7 * i)
      if (byte < 0x80) {
        this.#after = from + i + 1
        return value
      }
    }
    throw integerTooLarge()
  }

  /** The string that stands behind what was just read (RFC 7541, section 5.2). */
  #string(block: Buffer, end: number, memory: 'shared' | 'none'): string {
    const at = this.#after
    if (at >= end) throw blockCutOff()
    const huffman = (block[at] as number) >= HUFFMAN
    const length = this.#integer(block, at, end, 0x7f)
    const from = this.#after
    const to = from + length
    if (to > end) throw blockCutOff()
    this.#after = to
    if (memory === 'shared') {
      return huffman ? recallHuffman(block, from, to) : words.text(block, from, to)
    }
    return huffman ? decodeHuffman(block, from, to) : block.latin1Slice(from, to)
  }
}

function isTableUpdate(byte: number): boolean {
  return (byte & 0xe0) === TABLE_UPDATE
}
