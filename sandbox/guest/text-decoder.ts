import { TextOp } from '../border/ops.ts'
import { bytesOf, concat } from './bytes.ts'
import { noEncoding } from './errors.ts'
import { host } from './host.ts'
import { PlainString } from './primordials.ts'
import { isHighSurrogate } from './text-encoder.ts'

/** Options of `new TextDecoder()`. */
export interface TextDecoderOptions {
  readonly fatal?: boolean
  readonly ignoreBOM?: boolean
}

const NONE = new Uint8Array(0)
const MARK = '\ufeff'

/**
 * Bytes to text (Encoding Standard, "TextDecoder"). The host decodes whole characters; what a chunk
 * leaves incomplete is kept here.
 */
export class TextDecoder {
  readonly #encoding: string
  readonly #isFatal: boolean
  readonly #keepsMark: boolean
  #rest = NONE
  #isStarted = false

  constructor(label = 'utf-8', options: TextDecoderOptions = {}) {
    const name = host(TextOp.encodingName, PlainString(label)) as string | undefined
    if (name === undefined) throw noEncoding(PlainString(label))
    this.#encoding = name
    this.#isFatal = Boolean(options?.fatal)
    this.#keepsMark = Boolean(options?.ignoreBOM)
  }

  get encoding(): string {
    return this.#encoding
  }

  get fatal(): boolean {
    return this.#isFatal
  }

  get ignoreBOM(): boolean {
    return this.#keepsMark
  }

  decode(
    input: ArrayBuffer | ArrayBufferView = NONE,
    options: { readonly stream?: boolean } = {},
  ): string {
    const given = bytesOf(input)
    const all = this.#rest.length > 0 ? concat([this.#rest, given]) : given
    const isStream = Boolean(options?.stream)
    const end = isStream ? wholeCharacters(this.#encoding, all) : all.length
    this.#rest = all.slice(end)
    const whole = end < all.length ? all.subarray(0, end) : all
    try {
      return this.#unmarked(this.#decoded(whole))
    } finally {
      if (!isStream) this.#isStarted = false
    }
  }

  #decoded(bytes: Uint8Array): string {
    if (bytes.length === 0) return ''
    return host(TextOp.decode, this.#encoding, bytes, this.#isFatal ? 'fatal' : 'replace') as string
  }

  /** Without the byte order mark at the start of the whole stream. */
  #unmarked(text: string): string {
    if (this.#isStarted || text === '') return text
    this.#isStarted = true
    const hasMark = /^utf-/.test(this.#encoding) && !this.#keepsMark && text[0] === MARK
    return hasMark ? text.slice(1) : text
  }
}

/** How many of the bytes are whole characters. */
function wholeCharacters(encoding: string, bytes: Uint8Array): number {
  if (encoding === 'utf-8') return wholeUtf8(bytes)
  if (encoding === 'utf-16le') return wholeUtf16(bytes, 1, 0)
  if (encoding === 'utf-16be') return wholeUtf16(bytes, 0, 1)
  return isMultiByte(encoding) ? 0 : bytes.length
}

/** Without a last sequence that may still become one; what cannot is decoded as an error now. */
function wholeUtf8(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const byte = bytes[length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    return isPrefix(byte, bytes.subarray(length - back + 1)) ? length - back : length
  }
  return length
}

/** Whether a lead byte and what follows it are the start of a longer sequence (Unicode, table 3-7). */
function isPrefix(lead: number, rest: Uint8Array): boolean {
  const size =
    lead >= 0xf0 && lead <= 0xf4
      ? 4
      : lead >= 0xe0 && lead < 0xf0
        ? 3
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : 1
  if (rest.length >= size - 1) return false
  const second = rest[0]
  if (second === undefined) return true
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return second >= low && second <= high
}

function wholeUtf16(bytes: Uint8Array, high: 0 | 1, low: 0 | 1): number {
  const even = bytes.length - (bytes.length % 2)
  if (even === 0) return 0
  const unit = ((bytes[even - 2 + high] as number) << 8) | (bytes[even - 2 + low] as number)
  return isHighSurrogate(unit) ? even - 2 : even
}

/** Encodings of East Asia: a stream of them is decoded as a whole at its end. */
function isMultiByte(encoding: string): boolean {
  return /^(?:gb|big5|euc-|iso-2022|shift_jis)/.test(encoding)
}
