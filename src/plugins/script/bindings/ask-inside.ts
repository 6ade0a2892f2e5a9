import { Readable } from 'node:stream'
import { type Exchange, Fields, type Head, type Subrequest } from 'gateway/plugin'
import { fetchAborted, fetchFailed } from '../../../../sandbox/host/errors.ts'
import { AnswerBody } from '../../../../sandbox/host/fetch/answer-body.ts'
import { decoded } from '../../../../sandbox/host/fetch/decoding.ts'
import type {
  FetchAnswer,
  FetchContext,
  FetchRequest,
} from '../../../../sandbox/host/fetch/fetcher.ts'
import { fieldOf, type Fields as Pairs } from '../../../../sandbox/host/fetch/fields.ts'
import { Upload } from '../../../../sandbox/host/fetch/upload.ts'
import type { MessageBody } from '../../../../sandbox/host/message-view.ts'
import { bodyOf } from '../handler-answer.ts'
import { HeadView } from '../head-view.ts'
import { InnerBody } from './inner-body.ts'
import { bodyToSend } from './request-body.ts'

/** A script's request that is answered inside the gateway. */
export interface InsideRequest {
  readonly request: FetchRequest
  /** As they are sent. */
  readonly fields: Pairs
  readonly context: FetchContext
  /** Bytes its answer may have. */
  readonly responseBody: number
  /** Answers, now or later. */
  by(x: Exchange): void
  /** Refuses an answer that is none of whom was asked, by throwing. */
  check(head: Head): void
}

/** Makes the request on behalf of an exchange, and gives its answer as that of a fetch. */
export async function askInside(x: Exchange, asked: InsideRequest): Promise<FetchAnswer> {
  const { fields, request } = asked
  const { body, method, url } = request
  const { signal } = asked.context
  // The guest's turn ends first: whoever answers may run a script as well, and not in this one's.
  await undefined
  if (signal.aborted) throw fetchAborted()
  const inner = x.rest({
    method,
    to: { uri: url.pathname, args: url.search === '' ? undefined : url.search.slice(1) },
    headers: new Fields(fields.flat()),
    body: bodyToSend(body),
    by: (made) => asked.by(made),
  })
  signal.addEventListener('abort', () => inner.breakOff(), { once: true })
  const head = await inner.answered
  if (signal.aborted) throw fetchAborted()
  // Only a request body that breaks off leaves none at all.
  if (!head) throw (body instanceof Upload && body.failure) || fetchFailed('no answer')
  return checkedAnswer(asked, inner, head)
}

function checkedAnswer(asked: InsideRequest, inner: Subrequest, head: Head): FetchAnswer {
  try {
    asked.check(head)
  } catch (error) {
    inner.breakOff()
    throw error
  }
  const { method, url } = asked.request
  const view = new HeadView(head, bodyOf(inner))
  const { status, statusText } = view
  const start = { status, statusText, url: url.href, redirected: false }
  const body = method === 'HEAD' ? undefined : view.body
  const fields = pairsOf(view.fields())
  if (body === undefined) {
    void inner.pour()
    return { ...start, fields, body }
  }
  if (fieldOf(fields, 'content-encoding') === undefined) {
    return { ...start, fields, body: new InnerBody(body, asked.responseBody) }
  }
  const plain = decoded(fields, Readable.from(chunksOf(body), { objectMode: false }))
  return { ...start, fields: plain.fields, body: new AnswerBody(plain.body, asked.responseBody) }
}

function pairsOf(flat: readonly string[]): Pairs {
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i] ?? '',
    flat[2 * i + 1] ?? '',
  ])
}

async function* chunksOf(body: MessageBody): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await body.read(); chunk; chunk = await body.read()) yield chunk
  } finally {
    body.cancel()
  }
}
