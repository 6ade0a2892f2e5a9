import type { Transform } from 'node:stream'
import {
  createDeflate,
  createDeflateRaw,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
  type Zlib,
} from 'node:zlib'
import { badCall } from '../arguments.ts'
import { badCompressedData } from '../errors.ts'

/** The Compression Standard's formats, and which way. */
export type Coding = keyof typeof MAKERS

const MAKERS = {
  'compress gzip': createGzip,
  'compress deflate': createDeflate,
  'compress deflate-raw': createDeflateRaw,
  'decompress gzip': createGunzip,
  'decompress deflate': createInflate,
  'decompress deflate-raw': createInflateRaw,
}

/** So much goes to a thread at once: others have work for the same threads. */
const SLICE = 64 * 1024

export function isCoding(text: string): text is Coding {
  return Object.hasOwn(MAKERS, text)
}

/**
 * One compression stream: a piece goes in, and what it becomes is pulled out until there is no more.
 * zlib works on its own thread, and no further ahead than one piece of output (16 KB).
 */
export class Codec {
  readonly #stream: Transform & Zlib
  #given = 0
  #state: 'idle' | 'working' | 'ending' | 'ended' = 'idle'
  #failure: unknown
  #wake = () => {}

  constructor(coding: Coding) {
    this.#stream = MAKERS[coding]()
    this.#stream.on('readable', () => this.#wake())
    this.#stream.on('error', (error) => this.#fail(error))
    this.#stream.on('end', () => this.#ended())
  }

  /** Puts a piece in, or with undefined the end. What the last one became must be out. */
  push(bytes: Uint8Array | undefined): void {
    if (this.#state === 'working' || this.#state === 'ending') throw badCall('order of pieces')
    if (this.#state === 'ended') {
      if (bytes === undefined || bytes.length === 0) return
      throw badCompressedData('data after the end')
    }
    if (bytes === undefined) {
      this.#state = 'ending'
      this.#stream.end()
      return
    }
    this.#state = 'working'
    this.#given += bytes.length
    this.#feed(bytes)
  }

  /** The next piece of output; undefined once nothing more comes of what was put in. */
  async pull(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw badCompressedData(this.#failure)
      const piece: Buffer | null = this.#stream.read()
      if (piece !== null) return piece
      if (this.#state === 'idle' || this.#state === 'ended') return undefined
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
  }

  close(): void {
    this.#stream.destroy()
    this.#fail('closed')
  }

  #feed(bytes: Uint8Array): void {
    this.#stream.write(bytes.subarray(0, SLICE), () => {
      if (bytes.length > SLICE) return this.#feed(bytes.subarray(SLICE))
      if (this.#state === 'working') this.#state = 'idle'
      this.#wake()
    })
  }

  #ended(): void {
    this.#state = 'ended'
    // zlib leaves alone what stands behind the end of its format.
    if (this.#stream.bytesWritten < this.#given) this.#fail('data after the end')
    this.#wake()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#wake()
  }
}
