import { type BodyOptions, readBody } from './body.ts'
import type { ByteQueue } from './byte-queue.ts'
import {
  declaredFraming,
  type Framing,
  type HeaderLines,
  MessageError,
  parseHead,
} from './message.ts'

/** A response read off the wire, every octet of it checked. */
export interface Response {
  readonly version: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  readonly headers: HeaderLines
  readonly framing: Framing
  readonly body: Buffer
  /** The body as UTF-8. */
  readonly text: string
  /** The statuses of interim answers (100, 103) that came before. */
  readonly interim: readonly number[]
}

/** What the reader must know of the request to tell where the answer ends. */
export interface ResponseOptions extends BodyOptions {
  /** The request's method; HEAD and CONNECT change the framing. */
  readonly method?: string | ((headers: HeaderLines) => string)
}

/** Reads the next response; whatever follows it stays in the queue. */
export async function readResponse(
  queue: ByteQueue,
  options: ResponseOptions = {},
): Promise<Response> {
  const interim: number[] = []
  for (;;) {
    const head = parseHead(await queue.until('\r\n\r\n'))
    const { version, status, reason } = parseStatusLine(head.startLine)
    if (status < 200 && status !== 101) {
      if (declaredFraming(head.headers)) throw new MessageError(`a ${status} with framing`)
      interim.push(status)
      continue
    }
    const { method = 'GET' } = options
    const known = typeof method === 'string' ? method : method(head.headers)
    const framing = responseFraming(status, head.headers, known)
    const body = await readBody(queue, framing, options)
    const { headers } = head
    return {
      version,
      status,
      reason,
      headers,
      framing,
      body,
      interim,
      get text() {
        return body.toString('utf8')
      },
    }
  }
}

function parseStatusLine(line: string) {
  const match = /^HTTP\/(1\.[01]) ([1-5]\d\d) ([\t -~\x80-\xff]*)$/.exec(line)
  if (match === null) throw new MessageError(`status line ${JSON.stringify(line)}`)
  const [, version, status, reason = ''] = match
  return { version: version as '1.0' | '1.1', status: Number(status), reason }
}

function responseFraming(status: number, headers: HeaderLines, method: string): Framing {
  const declared = declaredFraming(headers)
  if (status === 204 && declared !== undefined) {
    throw new MessageError(`a 204 with ${declared.kind} framing`)
  }
  if (method === 'HEAD' || status === 204 || status === 304 || status === 101) {
    return { kind: 'none' }
  }
  return declared ?? { kind: 'close' }
}
