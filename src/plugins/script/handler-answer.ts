import {
  type Exchange,
  Fields,
  formatHttpDate,
  type Head,
  parseTarget,
  reasonOf,
  type Subrequest,
} from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { ResponseView } from '../../../sandbox/host/message-view.ts'
import type { OutgoingRequest } from '../../../sandbox/host/run-events.ts'
import { ChunkReader } from './chunk-reader.ts'

/** The values of a field among names and values. */
export function valueIn(fields: readonly string[], name: string): string | undefined {
  const found = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name)
  return found.length > 0 ? found.join(', ') : undefined
}

/** What the handlers behind a script answer, to the client's request or to another one. */
export async function handlerAnswer(
  x: Exchange,
  request: OutgoingRequest | undefined,
  limit: number,
): Promise<HandlerAnswer> {
  const options = request && (await changed(x, request, limit))
  const inner = x.rest(options)
  const head = await inner.answered
  if (!head) throw refusal('TypeError', 'the handler gave no answer')
  return new HandlerAnswer(inner, head)
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

async function wholeOf(body: OutgoingRequest['body'], limit: number): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array(0)
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  let size = 0
  for (let chunk = await body.read(); chunk; chunk = await body.read()) {
    size += chunk.length
    if (size > limit) throw refusal('RangeError', `a body of more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** An answer of the location's own handler, as the script sees it. */
export class HandlerAnswer implements ResponseView {
  readonly status: number
  readonly statusText: string
  readonly body: ChunkReader | undefined
  readonly #fields: string[]

  constructor(inner: Subrequest, head: Head) {
    this.status = head.status
    this.statusText = head.reason ?? reasonOf(head.status)
    this.#fields = fieldsOf(head)
    const isEmpty = head.length === 0 || head.status === 204 || head.status === 304
    this.body = isEmpty ? undefined : bodyOf(inner)
    if (isEmpty) void inner.pour()
  }

  /** Nobody will ask for its body any more, unless somebody has. */
  leave(): void {
    if (this.body?.isUnread) this.body.cancel()
  }

  header(name: string): string | undefined {
    return valueIn(this.#fields, name)
  }

  fields(): readonly string[] {
    return this.#fields
  }
}

/** The fields of a head as scripts see them: names in lower case. */
export function fieldsOf(head: Head): string[] {
  const fields: string[] = []
  if (head.type !== undefined) fields.push('content-type', head.type)
  if (head.length !== undefined) fields.push('content-length', `${head.length}`)
  if (head.modified !== undefined) fields.push('last-modified', formatHttpDate(head.modified))
  for (const [name, value] of head.fields) fields.push(name.toLowerCase(), value)
  return fields
}

function bodyOf(inner: Subrequest): ChunkReader {
  return new ChunkReader({
    pour(receiver) {
      void inner.pour(receiver).then((error) => (error ? receiver.fail(error) : receiver.end()))
    },
    discard: () => void inner.dismiss(),
  })
}
