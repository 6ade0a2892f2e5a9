import { Buffer } from 'node:buffer'
import { block, FLAG } from '../../harness/http2-frames.ts'

type Field = readonly [name: string, value: string]

export const METHOD: Field = [':method', 'GET']
export const SCHEME: Field = [':scheme', 'http']
export const PATH: Field = [':path', '/']
export const AUTHORITY: Field = [':authority', 'localhost']
export const POST_METHOD: Field = [':method', 'POST']

/** A header block with what every request has, and these fields behind. */
export function getBlock(...more: readonly Field[]): Buffer {
  return block(METHOD, SCHEME, PATH, AUTHORITY, ...more)
}

export function postBlock(...more: readonly Field[]): Buffer {
  return block(POST_METHOD, SCHEME, PATH, AUTHORITY, ...more)
}

/** A field that is long, but allowed. */
export const LONG_FIELD: Buffer = block(['x-dummy0', 'x'.repeat(4000)])

/** HEADERS that neither end the block nor, `endStream` aside, the stream. */
export const OPEN_BLOCK = 0
/** HEADERS behind which DATA follow. */
export const OPEN_STREAM: number = FLAG.endHeaders

/** A payload with so many bytes of padding. */
export function padded(payload: Uint8Array, padding: number): Buffer {
  return Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)])
}

export function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}
