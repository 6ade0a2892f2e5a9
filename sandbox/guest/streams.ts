import type { ReadableStream } from 'web-streams-polyfill'
import { loadedPart, type Parts, part } from './parts.ts'

export type { ReadableStream }

/** The Streams Standard's classes. */
export function streams(): Parts['streams'] {
  return part('streams')
}

/** Whether a value is a ReadableStream. */
export function isReadable(value: unknown): value is ReadableStream {
  const loaded = typeof value === 'object' ? loadedPart('streams') : undefined
  return loaded !== undefined && value instanceof loaded.ReadableStream
}

/** Whether something of a stream has been read, or it was cancelled. */
export function isDisturbed(stream: ReadableStream): boolean {
  return (stream as unknown as { _disturbed: boolean })._disturbed
}
