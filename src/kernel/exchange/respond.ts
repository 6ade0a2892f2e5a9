import { Buffer } from 'node:buffer'
import { Head } from '../../wire/head.ts'
import type { Sink } from '../filter/sink.ts'
import type { Awaitable } from '../phase/verdict.ts'
import { KeptBody } from '../socket/kept-body.ts'
import type { Exchange } from './exchange.ts'

/** A whole body: text, bytes that are the receiver's from now on, or one that is kept. */
export type Body = string | Uint8Array | KeptBody

/** Up to this length a text is looked through for whether it needs no encoding. */
const SHORT = 1024

/** Answers with a whole body (see `Exchange.respond`). */
export function respond(x: Exchange, answer: number | Head, body: Body): Awaitable<'done'> {
  const head = typeof answer === 'number' ? new Head(answer) : answer
  const whole = typeof body === 'string' && !isShortAscii(body) ? Buffer.from(body) : body
  const size = whole.length
  if (head.length === undefined && head.status !== 204 && head.status !== 304) head.length = size
  if (size > 0) head.type ??= x.location.settings.default_type
  if (whole instanceof KeptBody) head.memo = whole.memo
  const sink = x.send(head)
  const waits = size > 0 ? pour(whole, sink) : undefined
  if (waits) return waits.then(() => sink.end()).then(() => 'done' as const)
  const ends = sink.end()
  return ends ? ends.then(() => 'done' as const) : 'done'
}

function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

function pour(body: Body, sink: Sink): Awaitable<void> {
  if (body instanceof Uint8Array) return sink.data(body)
  if (sink.whole) return sink.whole(body)
  if (typeof body === 'string') return sink.data(Buffer.from(body, 'latin1'))
  return sink.data(sink.borrows ? body.bytes : Buffer.from(body.bytes))
}
