import { Buffer } from 'node:buffer'
import type { Entry } from 'gateway/plugin'

const BYTES = 256
const ASCII = 128
const QUESTION = 63
/** Bytes of a character of UTF-8 that a map can name: those up to U+FFFF (nginx's). */
const MOST_BYTES = 3

/** Which bytes of one charset are which of another. Names are in lower case. */
export interface CharsetMap {
  readonly from: string
  readonly to: string
  /** By byte of `from`: the bytes of `to`. */
  readonly forth: readonly Uint8Array[]
  /** By character of `to`: the byte of `from`. */
  readonly back: ReadonlyMap<number, number>
}

/** Reads one `charset_map`. */
export function readCharsetMap(
  entry: Entry,
  before: readonly CharsetMap[] = [],
): readonly CharsetMap[] {
  const [from = '', to = ''] = entry.args.map((each) => each.toLowerCase())
  const names = `"${entry.args[0]}" and "${entry.args[1]}"`
  if (from === to) return entry.fail(`"charset_map" between the same charsets ${names}`)
  if (from === 'utf-8') {
    return entry.fail('"charset_map" with "utf-8" charset should be given in the second column')
  }
  const pair = [from, to]
  if (before.some((each) => pair.includes(each.from) && pair.includes(each.to))) {
    return entry.fail(`duplicate "charset_map" between ${names}`)
  }
  return [...before, { from, to, ...readLines(entry, to === 'utf-8') }]
}

function readLines(entry: Entry, isUtf8: boolean): Pick<CharsetMap, 'forth' | 'back'> {
  const forth = Array.from({ length: BYTES }, (_, byte): Uint8Array => {
    return Uint8Array.of(byte < ASCII ? byte : QUESTION)
  })
  const back = new Map(Array.from({ length: ASCII }, (_, byte) => [byte, byte]))
  for (const { args, mark, name } of entry.block ?? []) {
    const line = entry.at(mark)
    if (args.length !== 1) return line.fail('invalid parameters number')
    const byte = /^[\da-f]{1,2}$/i.test(name) ? Number.parseInt(name, 16) : invalid(line, name)
    const bytes = isUtf8 ? readCharacter(line, args[0] ?? '') : readByte(line, args[0] ?? '')
    forth[byte] = bytes
    back.set(isUtf8 ? codeOf(bytes) : (bytes[0] as number), byte)
  }
  return { forth, back }
}

function readByte(line: Entry, word: string): Uint8Array {
  if (!/^[\da-f]{1,2}$/i.test(word)) return invalid(line, word)
  return Uint8Array.of(Number.parseInt(word, 16))
}

function readCharacter(line: Entry, word: string): Uint8Array {
  const bytes = Buffer.from(word, 'hex')
  const isHex = /^(?:[\da-f]{2})+$/i.test(word) && bytes.length <= MOST_BYTES
  // One character, whole, in the shortest form.
  if (!isHex || !Buffer.from(bytes.toString()).equals(bytes)) return invalid(line, word)
  return bytes.toString().length === 1 ? bytes : invalid(line, word)
}

function codeOf(bytes: Uint8Array): number {
  return Buffer.from(bytes).toString().charCodeAt(0)
}

function invalid(line: Entry, word: string): never {
  return line.fail(`invalid value "${word}"`)
}
