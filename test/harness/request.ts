import { readBody } from './body.ts'
import type { ByteQueue } from './byte-queue.ts'
import { declaredFraming, type HeaderLines, MessageError, parseHead } from './message.ts'

/** A request read off the wire by an origin, every octet of it checked. */
export interface Request {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly headers: HeaderLines
  readonly body: Buffer
}

/** Reads the next request, or undefined when the client is done between two of them. */
export async function readRequest(queue: ByteQueue): Promise<Request | undefined> {
  const head = await readRequestHead(queue)
  if (head === undefined) return undefined
  const framing = declaredFraming(head.headers) ?? { kind: 'none' }
  return { ...head, body: await readBody(queue, framing) }
}

/** Reads the next request's head only, for origins that misbehave before the body. */
export async function readRequestHead(
  queue: ByteQueue,
): Promise<Omit<Request, 'body'> | undefined> {
  while (queue.size === 0) {
    if (!(await queue.more(120_000))) return undefined
  }
  const { startLine, headers } = parseHead(await queue.until('\r\n\r\n'))
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP\/(1\.[01])$/.exec(startLine)
  if (match === null) throw new MessageError(`request line ${JSON.stringify(startLine)}`)
  const [, method = '', target = '', version] = match
  if (version === '1.1' && headers.all('host').length !== 1) {
    throw new MessageError(`${headers.all('host').length} Host lines`)
  }
  return { method, target, version: version as '1.0' | '1.1', headers }
}
