import { TextDecoder } from 'node:util'
import type { Crossing } from '../border/crossing.ts'
import { TextOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import { badCall, bytesOf, textOf } from './arguments.ts'
import { badField } from './field-lines.ts'

/** Texts and bytes for the guest (128–135): what a byte-by-byte loop in there would do slowly. */
export function textOp(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
  const text = textOf(a, 'text')
  switch (op) {
    case TextOp.encode:
      return Buffer.from(text)
    case TextOp.decode:
      return decode(text, bytesOf(b, 'bytes'), c)
    case TextOp.encodingName:
      return encodingName(text)
    case TextOp.btoa:
      return Buffer.from(text, 'latin1').toString('base64')
    case TextOp.atob:
      return atob(text)
    case TextOp.badField:
      return badField(text, b)
    default:
      throw badCall('op')
  }
}

function decode(encoding: string, from: Uint8Array, mode: Crossing): string {
  if (mode !== 'fatal' && mode !== 'replace') throw badCall('mode')
  if (encoding === 'utf-8' && mode === 'replace') {
    return Buffer.from(from.buffer, from.byteOffset, from.byteLength).toString()
  }
  const name = encodingName(encoding)
  if (name === undefined) throw badCall('encoding')
  if (name === 'windows-1252') return decodeWindows1252(from)
  try {
    const ignoreBOM = name.startsWith('utf-')
    return new TextDecoder(name, { fatal: mode === 'fatal', ignoreBOM }).decode(from)
  } catch {
    throw refusal('TypeError', `these bytes are not ${name}`)
  }
}

/** What Node decodes as ISO 8859-1; the Encoding Standard means this by all labels of either. */
function decodeWindows1252(from: Uint8Array): string {
  const units = Uint16Array.from(from, (byte) => {
    return byte < 0x80 || byte > 0x9f ? byte : WINDOWS_1252.charCodeAt(byte - 0x80)
  })
  return Buffer.from(units.buffer).toString('utf16le')
}

/** The characters of the bytes 0x80 to 0x9f. */
const WINDOWS_1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178'

/** The encodings of labels that were asked for; there are some two hundred. */
const encodings = new Map<string, string>()

const LONGEST_LABEL = 40

function encodingName(label: string): string | undefined {
  const known = encodings.get(label)
  if (known !== undefined || label.length > LONGEST_LABEL) return known
  try {
    const { encoding } = new TextDecoder(label)
    if (encodings.size < MOST_LABELS) encodings.set(label, encoding)
    return encoding
  } catch {
    return undefined
  }
}

/** Blanks around labels, and case, do not count, so there are more spellings than labels. */
const MOST_LABELS = 1000

/** Infra Standard, "forgiving-base64 decode". */
function atob(base64: string): string | undefined {
  if (/[^\0-\xff]/.test(base64)) return undefined
  let plain = /[\t\n\f\r ]/.test(base64) ? withoutSpaces(base64) : base64
  if (plain.length % 4 === 0) plain = plain.replace(/={1,2}$/, '')
  if (plain.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(plain)) return undefined
  return Buffer.from(plain, 'base64').toString('latin1')
}

/** Byte by byte: for a text that is half spaces, a pattern takes twenty times as long. */
function withoutSpaces(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  let length = 0
  for (const byte of bytes) if (!SPACES.includes(byte)) bytes[length++] = byte
  return bytes.toString('latin1', 0, length)
}

const SPACES = [0x09, 0x0a, 0x0c, 0x0d, 0x20]
