import { Buffer } from 'node:buffer'
import type { Sink } from '../kernel/filter/sink.ts'
import { Head } from '../wire/head.ts'
import { Fields } from '../wire/http1/fields.ts'
import type { ResponseOptions } from './index.ts'

/** The head of such a response. */
export function fakeHead(options: ResponseOptions): Head {
  const head = new Head(options.status ?? 200, Fields.from(options.fields ?? {}))
  head.type = options.type
  head.modified = options.modified
  head.ranges = options.ranges ?? false
  head.flush = options.flush ?? false
  if (options.length !== 'unknown') head.length = bytesOf(options.body).length
  return head
}

/** Pours a body in pieces of `size` bytes, as a handler should: each when the sink is ready. */
export async function pourInPieces(
  sink: Sink,
  body: string | Uint8Array | undefined,
  size: number,
): Promise<void> {
  const bytes = bytesOf(body)
  for (let at = 0; at < bytes.length; at += size) {
    // Each piece in memory of its own: who gets it may keep it.
    await sink.data(Buffer.from(bytes.subarray(at, at + size)))
  }
  await sink.end()
}

export function bytesOf(body: string | Uint8Array | undefined): Buffer {
  return Buffer.from((body ?? '') as Uint8Array)
}
