import {
  type ReadableStream,
  TransformStream,
  type TransformStreamDefaultController,
  type WritableStream,
} from 'web-streams-polyfill'
import { CompressionOp } from '../border/ops.ts'
import { bytesOf } from './bytes.ts'
import { notA } from './errors.ts'
import { host } from './host.ts'
import { later } from './tickets.ts'

const FORMATS = ['gzip', 'deflate', 'deflate-raw']

/** Bytes in, their compressed form out (Compression Standard). */
export class CompressionStream {
  readonly #stream: TransformStream<Uint8Array, Uint8Array>

  constructor(format: string) {
    this.#stream = coded('compress', format)
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#stream.readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#stream.writable
  }
}

/** Compressed bytes in, what they were out (Compression Standard). */
export class DecompressionStream {
  readonly #stream: TransformStream<Uint8Array, Uint8Array>

  constructor(format: string) {
    this.#stream = coded('decompress', format)
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#stream.readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#stream.writable
  }
}

function coded(
  direction: 'compress' | 'decompress',
  format: string,
): TransformStream<Uint8Array, Uint8Array> {
  const name = `${format}`
  if (!FORMATS.includes(name)) throw notA('compression format')
  const id = host(CompressionOp.open, `${direction} ${name}`) as number
  return new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => pass(bytesOf(chunk), controller),
    async flush(controller) {
      await pass(undefined, controller)
      host(CompressionOp.close, id)
    },
    cancel() {
      host(CompressionOp.close, id)
    },
  })

  async function pass(
    chunk: Uint8Array | undefined,
    controller: TransformStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    host(CompressionOp.push, id, chunk)
    for (;;) {
      const piece = await later<Uint8Array | undefined>(host(CompressionOp.pull, id))
      if (piece === undefined) return
      controller.enqueue(piece)
    }
  }
}
