import type { Awaitable } from '../border/crossing.ts'
import { refusal } from '../border/refusal.ts'
import type { MessageBody } from './message-view.ts'

/** All of a body, now if it is all there; refuses more than `limit` bytes. */
export function readWhole(body: MessageBody | undefined, limit: number): Awaitable<Uint8Array> {
  if (body === undefined) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const chunk = body.read()
    if (chunk instanceof Promise) return chunk.then(readOn)
    if (chunk === undefined) return Buffer.concat(chunks)
    keep(chunk)
  }

  async function readOn(first: Uint8Array | undefined): Promise<Uint8Array> {
    for (let chunk = first; chunk !== undefined; chunk = await (body as MessageBody).read()) {
      keep(chunk)
    }
    return Buffer.concat(chunks)
  }

  function keep(chunk: Uint8Array): void {
    length += chunk.length
    if (length > limit) {
      body?.cancel()
      throw refusal('RangeError', `the body is larger than ${limit} bytes`)
    }
    chunks.push(chunk)
  }
}
