import { Buffer } from 'node:buffer'

/** A value in DER (X.690, section 8.1). */
export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  /** With tag and length. */
  readonly whole: Buffer
}

/** Tags of universal types, and of what is constructed for one field alone: `field(0)` is `[0]`. */
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const NULL = 0x05
export const OBJECT = 0x06
export const ENUMERATED = 0x0a
export const GENERALIZED_TIME = 0x18
export const SEQUENCE = 0x30
export const field = (number: number) => 0xa0 | number

/** The values one behind the other. Throws a `RangeError` for what is none. */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length; at += values.at(-1)?.whole.length ?? 0) {
    values.push(valueAt(bytes, at))
  }
  return values
}

/** What is inside of the only value, which has this tag. Throws a `RangeError` for anything else. */
export function insideOf(bytes: Buffer, tag = SEQUENCE): DerValue[] {
  const [value, ...others] = readDer(bytes)
  if (!value || value.tag !== tag || others.length > 0) throw new RangeError('not what is expected')
  return readDer(value.content)
}

/** Writes one. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function valueAt(bytes: Buffer, at: number): DerValue {
  let start = at + 2
  let length = byteAt(bytes, at + 1)
  if (length >= 0x80) {
    const octets = length & 0x7f
    // More than 16 MB nobody means, and without a length it is no DER.
    if (octets < 1 || octets > 3) throw new RangeError('a length that cannot be')
    length = 0
    for (let i = 0; i < octets; i++) length = (length << 8) | byteAt(bytes, start++)
  }
  const end = start + length
  if (end > bytes.length) throw new RangeError('cut off')
  return {
    tag: byteAt(bytes, at),
    content: bytes.subarray(start, end),
    whole: bytes.subarray(at, end),
  }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('cut off')
  return byte
}
