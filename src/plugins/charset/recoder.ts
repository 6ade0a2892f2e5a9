import { Buffer, isAscii } from 'node:buffer'
import type { CharsetMap } from './charset-map.ts'

/** Converts a body as it passes. */
export interface Recoder {
  recode(chunk: Uint8Array): Uint8Array
  /** What is left when nothing follows. */
  end(): Uint8Array
}

/** Makes what converts one body. */
export type MakeRecoder = () => Recoder

const NOTHING = Buffer.alloc(0)
const ASCII = 128
const QUESTION = 63
const BYTES = 256

/** What converts from one charset to another, in lower case; undefined where no map tells how. */
export function recoderFor(
  maps: readonly CharsetMap[],
  from: string,
  to: string,
): MakeRecoder | undefined {
  const forth = maps.find((each) => each.from === from && each.to === to)
  if (forth) return to === 'utf-8' ? () => intoUtf8(forth) : byTable(tableForth(forth))
  const back = maps.find((each) => each.from === to && each.to === from)
  if (!back) return undefined
  return from === 'utf-8' ? () => new FromUtf8(back) : byTable(tableBack(back))
}

function tableForth({ forth }: CharsetMap): Uint8Array {
  return Uint8Array.from(forth, (bytes) => bytes[0] as number)
}

function tableBack({ back }: CharsetMap): Uint8Array {
  return Uint8Array.from({ length: BYTES }, (_, byte) => back.get(byte) ?? QUESTION)
}

/** A byte for a byte. */
function byTable(table: Uint8Array): MakeRecoder {
  const recoder: Recoder = {
    recode: (chunk) => chunk.map((byte) => table[byte] as number),
    end: () => NOTHING,
  }
  return () => recoder
}

function intoUtf8({ forth }: CharsetMap): Recoder {
  return {
    recode: (chunk) => {
      let size = 0
      for (const byte of chunk) size += (forth[byte] as Uint8Array).length
      const made = Buffer.allocUnsafeSlow(size)
      let at = 0
      for (const byte of chunk) for (const each of forth[byte] as Uint8Array) made[at++] = each
      return made
    },
    end: () => NOTHING,
  }
}

/** Bytes of a sequence by its first byte; 0 for one that begins none. */
function lengthOf(first: number): number {
  if (first < ASCII) return 1
  if (first >= 0xc2 && first < 0xe0) return 2
  if (first >= 0xe0 && first < 0xf0) return 3
  return first >= 0xf0 && first < 0xf5 ? 4 : 0
}

/** From UTF-8: a character the other charset lacks becomes an entity, what is no UTF-8 a `?`. */
class FromUtf8 implements Recoder {
  readonly #back: CharsetMap['back']
  readonly #keepsAscii: boolean
  /** The beginning of a sequence, up to three bytes. */
  #held: Uint8Array = NOTHING

  constructor({ back }: CharsetMap) {
    this.#back = back
    this.#keepsAscii = Array.from({ length: ASCII }, (_, byte) => byte).every(
      (byte) => back.get(byte) === byte,
    )
  }

  recode(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    const end = bytes.length - unfinished(bytes)
    this.#held = bytes.subarray(end)
    return this.#recode(bytes.subarray(0, end))
  }

  end(): Uint8Array {
    return this.#held.length > 0 ? Buffer.from('?') : NOTHING
  }

  #recode(bytes: Uint8Array): Uint8Array {
    if (this.#keepsAscii && isAscii(bytes)) return bytes
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
    let made = ''
    for (const character of text) made += this.#written(character)
    return Buffer.from(made, 'latin1')
  }

  #written(character: string): string {
    const code = character.codePointAt(0) as number
    const byte = this.#back.get(code)
    if (byte !== undefined) return String.fromCharCode(byte)
    return code === REPLACEMENT ? '?' : `&#${code};`
  }
}

/** What Node reads where there is no UTF-8. */
const REPLACEMENT = 0xfffd

/** How many bytes at the end begin a sequence that goes on. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < ASCII) return 0
    const length = lengthOf(byte)
    if (length > 0) return length > back ? back : 0
  }
  return 0
}
