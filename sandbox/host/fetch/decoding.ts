import { pipeline, type Readable, Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib'
import { fetchFailed } from '../errors.ts'
import { type Fields, fieldOf, without } from './fields.ts'

/** An answer may be encoded so many times; nobody honest does it twice. */
const MOST_CODINGS = 3
/** What no longer says anything true about a decoded body. */
const OF_THE_CODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length'])
/** The low half of the first byte of zlib's format (RFC 1950, 2.2). */
const ZLIB_METHOD = 8

// What is there is given out at once, so that a compressed stream of events arrives as events; and
// as browsers do, an end that is cut off is no error.
const ZLIB = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const BROTLI = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(ZLIB),
  'x-gzip': () => createGunzip(ZLIB),
  deflate: () => new Inflate(),
  br: () => createBrotliDecompress(BROTLI),
}

/** A body as the script gets it, and the fields that describe it. */
export interface Decoded {
  readonly fields: Fields
  readonly body: Readable
}

/** Undoes the content codings of an answer. What has one that is not known stays as it is. */
export function decoded(fields: Fields, body: Readable): Decoded {
  const codings = codingsOf(fields)
  if (codings.length > MOST_CODINGS) throw fetchFailed(`${codings.length} content codings`)
  const makers = codings.map((coding) => DECODERS[coding])
  if (codings.length === 0 || !makers.every((make) => make !== undefined)) return { fields, body }
  let last = body
  // Applied first means removed last. An error anywhere destroys all of them with it.
  for (const make of makers.reverse()) last = pipeline(last, make(), () => {})
  return { fields: without(fields, OF_THE_CODED), body: last }
}

function codingsOf(fields: Fields): readonly string[] {
  const text = fieldOf(fields, 'content-encoding') ?? ''
  const names = text.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '' && name !== 'identity')
}

/** `deflate` is zlib's format by the standard and often raw: the first byte tells. */
class Inflate extends Transform {
  #inner: Transform | undefined

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void) {
    const inner = this.#inner ?? this.#start(chunk)
    inner.write(chunk, done)
  }

  override _flush(done: (error?: Error | null) => void) {
    if (this.#inner === undefined) return done()
    this.#inner.once('end', done)
    this.#inner.end()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void) {
    this.#inner?.destroy()
    done(error)
  }

  #start(first: Buffer): Transform {
    const isZlib = ((first[0] ?? 0) & 0x0f) === ZLIB_METHOD
    const inner = isZlib ? createInflate(ZLIB) : createInflateRaw(ZLIB)
    inner.on('data', (piece: Buffer) => this.push(piece))
    inner.on('error', (error) => this.destroy(error))
    this.#inner = inner
    return inner
  }
}
