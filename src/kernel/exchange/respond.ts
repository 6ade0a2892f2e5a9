import { Buffer } from 'node:buffer'
import { Head } from '../filter/head.ts'
import type { Sink } from '../filter/sink.ts'
import type { Awaitable } from '../phase/verdict.ts'
import type { Exchange } from './exchange.ts'

/**
 * Whose the memory of a body is once it was handed over. `given`: the receiver's. `lent`: still its
 * owner's, who leaves it alone until the answer has settled; it is copied where a filter keeps it.
 */
export type Ownership = 'given' | 'lent'

/** Up to this length a text is looked through for whether it needs no encoding. */
const SHORT = 1024

/** Answers with a whole body (see `Exchange.respond`). */
export function respond(
  x: Exchange,
  answer: number | Head,
  body: string | Uint8Array,
  memory: Ownership,
): Awaitable<'done'> {
  const head = typeof answer === 'number' ? new Head(answer) : answer
  const whole = typeof body === 'string' && !isShortAscii(body) ? Buffer.from(body) : body
  const size = whole.length
  if (head.length === undefined && head.status !== 204 && head.status !== 304) head.length = size
  if (size > 0) head.type ??= x.location.settings.default_type
  const sink = x.send(head)
  const waits = size > 0 ? pour(whole, sink, memory) : undefined
  if (waits) return waits.then(() => sink.end()).then(() => 'done' as const)
  const ends = sink.end()
  return ends ? ends.then(() => 'done' as const) : 'done'
}

function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

function pour(body: string | Uint8Array, sink: Sink, memory: Ownership): Awaitable<void> {
  if (typeof body === 'string') {
    return sink.textData ? sink.textData(body) : sink.data(Buffer.from(body, 'latin1'))
  }
  return sink.data(memory === 'given' || sink.borrows ? body : Buffer.from(body))
}
