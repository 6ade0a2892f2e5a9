import type { Buffer } from 'node:buffer'
import { DEFAULT_TABLE_SIZE, DynamicTable, entrySize } from './dynamic-table.ts'
import { type FieldName, fieldName, UNKNOWN_NAME } from './field-name.ts'
import { LastHead } from './last-head.ts'
import { mostStringSize, writeInteger, writeString } from './primitives.ts'
import { STATIC_FIELDS, STATIC_VALUES } from './static-table.ts'

/** A table that is larger than the protocol's default costs us memory, whatever a peer allows. */
const MOST_TABLE_SIZE = DEFAULT_TABLE_SIZE
/** Of the table, one field may take a fourth: else it would drive out what is used more. */
const SHARE = 4

/** Bytes of a value that are looked at to tell whether it came before. */
const SAMPLES = 16

const INDEXED = 0x80
const INCREMENTAL = 0x40
const TABLE_UPDATE = 0x20
const NEVER_INDEXED = 0x10
const NOT_INDEXED = 0x00
/** Bytes of the two changes of the table's size that may stand before the first field. */
const MOST_UPDATES = 6
const MOST_STATUS = 5

const STATUS = fieldName(':status')

/** More bytes than the head of a response can take: room there must be for `encode`. */
export function mostHeadSize(fields: readonly string[]): number {
  let size = MOST_UPDATES + MOST_STATUS
  for (const text of fields) size += mostStringSize(text) + 1
  return size
}

/**
 * Header blocks of one direction of a connection, encoded one after another (RFC 7541): each must
 * be sent, and in this order. Nothing is allocated for a head like the one before.
 */
export class HpackEncoder {
  readonly #table = new DynamicTable(MOST_TABLE_SIZE)
  /** How many fields were ever put into the table: the newest has this number, the first had 1. */
  #added = 0
  /** By id of a name: the number of the newest field that has it. */
  readonly #newest: number[] = []
  /** By id of a name: the print of the last value that was not indexed. */
  readonly #prints: number[] = []
  #capacity = MOST_TABLE_SIZE
  readonly #last = new LastHead()
  /** How many fields were ever sent otherwise than as an index. */
  #literals = 0
  /** The smallest size allowed since the last block; it has to be told (section 4.2). */
  #smallest = MOST_TABLE_SIZE
  #told = MOST_TABLE_SIZE

  /** The other side has sent this SETTINGS_HEADER_TABLE_SIZE. */
  allowTable(size: number): void {
    this.#capacity = Math.min(size, MOST_TABLE_SIZE)
    this.#smallest = Math.min(this.#smallest, this.#capacity)
  }

  /** Writes the head of a response from `at` on; `fields` is name, value… Returns where it ends. */
  encode(out: Buffer, at: number, status: number, fields: readonly string[]): number {
    const begin = this.begin(out, at)
    const known = this.#last.write(out, begin, status, fields, this.#added)
    if (known > begin) return known
    const literals = this.#literals
    let end = this.#status(out, begin, status)
    for (let i = 0; i < fields.length; i += 2) {
      end = this.field(out, end, fields[i] as string, fields[i + 1] as string)
    }
    if (this.#literals === literals) {
      this.#last.keep(status, fields, this.#added, out.subarray(begin, end))
    }
    return end
  }

  /** Begins a block that has no status, of which the fields follow one by one: trailers. */
  begin(out: Buffer, at: number): number {
    if (this.#smallest === this.#told && this.#capacity === this.#told) return at
    let end = at
    const smallest = this.#smallest
    if (smallest < this.#told && smallest < this.#capacity) end = this.#resize(out, end, smallest)
    end = this.#resize(out, end, this.#capacity)
    this.#smallest = this.#capacity
    this.#told = this.#capacity
    return end
  }

  /** Name in any spelling, both byte strings that may stand in a head. */
  field(out: Buffer, at: number, name: string, value: string): number {
    return this.#write(out, at, fieldName(name), value)
  }

  #status(out: Buffer, at: number, status: number): number {
    const index = STATIC_STATUSES[status]
    if (index === undefined) return this.#write(out, at, STATUS, String(status))
    out[at] = INDEXED | index
    return at + 1
  }

  #write(out: Buffer, at: number, name: FieldName, value: string): number {
    if (name.indexing === 'never') return this.#literal(out, at, NEVER_INDEXED, 0x0f, name, value)
    const index = this.#find(name, value)
    if (index > 0) return writeInteger(out, at, INDEXED, 0x7f, index)
    if (!this.#isWorthIt(name, value)) return this.#literal(out, at, NOT_INDEXED, 0x0f, name, value)
    const end = this.#literal(out, at, INCREMENTAL, 0x3f, name, value)
    this.#table.add(name.lower, value, this.#newest[name.id] as number)
    this.#newest[name.id] = ++this.#added
    return end
  }

  /** Index of a field in the dynamic table, or 0. Those of one name are a chain, the newest first. */
  #find({ id }: FieldName, value: string): number {
    const { count, values, marks } = this.#table
    const gone = this.#added - count
    let number = this.#newest[id] ?? 0
    while (number > gone) {
      const age = this.#added - number
      const slot = this.#table.slotOf(age)
      if (values[slot] === value) return STATIC_FIELDS + 1 + age
      number = marks[slot] as number
    }
    return 0
  }

  #isWorthIt({ id, lower, indexing }: FieldName, value: string): boolean {
    if (id === UNKNOWN_NAME || entrySize(lower, value) * SHARE > this.#capacity) return false
    while (this.#newest.length <= id) {
      this.#newest.push(0)
      this.#prints.push(0)
    }
    if (indexing === 'each') return true
    const print = printOf(value)
    const repeated = this.#prints[id] === print
    this.#prints[id] = print
    return repeated
  }

  #literal(
    out: Buffer,
    at: number,
    flags: number,
    mask: number,
    name: FieldName,
    value: string,
  ): number {
    this.#literals++
    const index = name.index > 0 ? name.index : this.#findName(name)
    let end = writeInteger(out, at, flags, mask, index)
    if (index === 0) {
      out.set(name.literal, end)
      end += name.literal.length
    }
    return writeString(out, end, value)
  }

  #findName({ id }: FieldName): number {
    const number = this.#newest[id] ?? 0
    return number > this.#added - this.#table.count ? STATIC_FIELDS + 1 + this.#added - number : 0
  }

  #resize(out: Buffer, at: number, size: number): number {
    this.#table.resize(size)
    this.#last.forget()
    return writeInteger(out, at, TABLE_UPDATE, 0x1f, size)
  }
}

/** Indices in the static table by status. */
const STATIC_STATUSES: readonly (number | undefined)[] = staticStatuses()

function staticStatuses(): (number | undefined)[] {
  const indices: (number | undefined)[] = []
  STATIC_VALUES.forEach((value, index) => {
    if (/^\d{3}$/.test(value)) indices[Number(value)] = index
  })
  return indices
}

/**
 * Tells most values apart, by up to `SAMPLES` of their bytes. Where it does not, one is remembered
 * that need not be. Unlike the value itself it keeps no memory.
 */
function printOf(value: string): number {
  const { length } = value
  const step = Math.ceil(length / SAMPLES)
  let print = length
  for (let i = length - 1; i >= 0; i -= step) print = (print * 31 + value.charCodeAt(i)) | 0
  return print
}
