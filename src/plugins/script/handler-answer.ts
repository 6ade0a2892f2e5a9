import { type Awaitable, type Exchange, Fields, parseTarget, type Subrequest } from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'
import { readWhole } from '../../../sandbox/host/read-whole.ts'
import type { OutgoingRequest } from '../../../sandbox/host/run-events.ts'
import { ChunkReader } from './chunk-reader.ts'
import { HeadView } from './head-view.ts'

/** What the handlers behind a script answer, to the client's request or to another one. */
export async function handlerAnswer(
  x: Exchange,
  request: OutgoingRequest | undefined,
  limit: number,
): Promise<HeadView> {
  const options = request && (await changed(x, request, limit))
  const inner = x.rest(options)
  const head = await inner.answered
  if (!head) throw refusal('TypeError', 'the handler gave no answer')
  const answer = new HeadView(head, bodyOf(inner))
  if (!answer.body) void inner.pour()
  return answer
}

async function changed(x: Exchange, { body, fields, method, url }: OutgoingRequest, limit: number) {
  const { pathname, search } = new URL(url)
  const headers = new Fields([...fields])
  const bytes = await wholeOf(body, limit)
  headers.delete('content-length')
  headers.delete('transfer-encoding')
  if (bytes.length > 0) headers.add('Content-Length', `${bytes.length}`)
  if (!headers.has('host')) headers.add('Host', x.headers.get('host') ?? x.host)
  return { method, headers, body: bytes, to: parseTarget(pathname + search, true) }
}

/** A body a script has made, in memory; refuses more than `limit` bytes of what is read on. */
export function wholeOf(body: OutgoingRequest['body'], limit: number): Awaitable<Uint8Array> {
  if (typeof body === 'string') return Buffer.from(body)
  return body instanceof Uint8Array ? body : readWhole(body, limit)
}

/** The body of an answer from inside of the gateway, read as it is asked for. */
export function bodyOf(inner: Subrequest): ChunkReader {
  return new ChunkReader({
    pour(receiver) {
      void inner.pour(receiver).then((error) => (error ? receiver.fail(error) : receiver.end()))
    },
    discard: () => void inner.dismiss(),
  })
}
