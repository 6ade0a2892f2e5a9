import { isBytes } from './bytes.ts'
import { notA } from './errors.ts'
import { PlainString } from './primordials.ts'
import { encodeUtf8 } from './utf8.ts'

const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff
const FIRST_LOW = 0xdc00

/** Text to UTF-8 (Encoding Standard, "TextEncoder"). */
export class TextEncoder {
  get encoding(): string {
    return 'utf-8'
  }

  encode(text = ''): Uint8Array {
    return text === '' ? new Uint8Array(0) : encodeUtf8(PlainString(text))
  }

  encodeInto(source: string, destination: Uint8Array): { read: number; written: number } {
    if (!isBytes(destination)) throw notA('Uint8Array')
    const text = PlainString(source)
    let read = 0
    let written = 0
    while (read < text.length) {
      const point = text.codePointAt(read) as number
      const size = utf8Size(point)
      if (written + size > destination.length) break
      read += point > 0xffff ? 2 : 1
      written += size
    }
    destination.set(encodeUtf8(text.slice(0, read)))
    return { read, written }
  }
}

function utf8Size(point: number): number {
  if (point < 0x80) return 1
  if (point < 0x800) return 2
  return point < 0x10000 ? 3 : 4
}

/** Whether a code unit is the first of two. */
export function isHighSurrogate(unit: number): boolean {
  return unit >= FIRST_SURROGATE && unit < FIRST_LOW
}

/** Whether a code unit is one of a pair, or would be. */
export function isSurrogate(unit: number): boolean {
  return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE
}
