import type { UnderlyingByteSource } from 'web-streams-polyfill'
import type { Message } from '../border/messages.ts'
import { BodyOp } from '../border/ops.ts'
import { host } from './host.ts'
import { isDisturbed, type ReadableStream, streams } from './streams.ts'
import { later } from './tickets.ts'
import { encodeUtf8 } from './utf8.ts'

/** Which streams are the bodies of messages at the host. */
const origins = new WeakMap<ReadableStream, Message>()

/**
 * A body as a stream, pulled chunk by chunk as it is read. What `text` and its like have consumed is
 * a stream that somebody holds.
 */
export function streamOf(
  source: string | Uint8Array | Message,
  state: 'unread' | 'used',
): ReadableStream {
  const { ReadableStream } = streams()
  const stream = new ReadableStream<Uint8Array>(
    typeof source === 'number' ? fromHost(source) : fromMemory(source),
  )
  if (state === 'used') stream.getReader()
  else if (typeof source === 'number') origins.set(stream, source)
  return stream
}

/** The message whose body an untouched stream is: it need not pass through the guest. */
export function originOf(stream: ReadableStream): Message | undefined {
  return stream.locked || isDisturbed(stream) ? undefined : origins.get(stream)
}

function fromHost(message: Message): UnderlyingByteSource {
  return {
    type: 'bytes',
    async pull(controller) {
      const chunk = await later<Uint8Array | undefined>(host(BodyOp.read, message))
      if (chunk !== undefined) {
        if (chunk.length > 0) controller.enqueue(chunk)
        return
      }
      controller.close()
      controller.byobRequest?.respond(0)
    },
    cancel() {
      host(BodyOp.cancel, message)
    },
  }
}

function fromMemory(source: string | Uint8Array): UnderlyingByteSource {
  return {
    type: 'bytes',
    start(controller) {
      const bytes = typeof source === 'string' ? encodeUtf8(source) : source.slice()
      if (bytes.length > 0) controller.enqueue(bytes)
      controller.close()
    },
  }
}
