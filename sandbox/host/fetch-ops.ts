import type { Crossing } from '../border/crossing.ts'
import { FetchOp } from '../border/ops.ts'
import { badCall, bytesOf, countOf, textOf } from './arguments.ts'
import { fetchBodyExceeded } from './errors.ts'
import type { FetchLimits } from './fetch/fetch-limits.ts'
import type { FetchSession } from './fetch/fetch-session.ts'
import { type CrossedBody, formatHead, parseHead } from './fetch/head-text.ts'
import { pump } from './fetch/pump.ts'
import { Upload } from './fetch/upload.ts'
import type { MessageBody } from './message-view.ts'
import type { OpHandler } from './op-handler.ts'

/** Gives the body of a message away, by its handle. */
type TakeBody = (message: number) => MessageBody | undefined

/** What a script may ask of its fetches; the body of a message is sent on unseen. */
export function fetchOps(
  session: FetchSession,
  limits: FetchLimits,
  take: TakeBody = noMessages,
): OpHandler {
  return (op, a, b, c) => {
    switch (op) {
      case FetchOp.open:
        return open(textOf(a, 'head'), b, countOf(c, 'fetcher'))
      case FetchOp.send:
        return session.send(countOf(a, 'fetch')).then(formatHead)
      case FetchOp.write: {
        const bytes = b === undefined ? undefined : bytesOf(b, 'body')
        return session.write(countOf(a, 'fetch'), bytes).then(() => undefined)
      }
      case FetchOp.read:
        return session.body(countOf(a, 'fetch'))?.read()
      case FetchOp.abort:
        session.abort(countOf(a, 'fetch'))
        return undefined
      default:
        throw badCall('op')
    }
  }

  function open(head: string, crossed: Crossing, fetcher: number): number {
    const source = typeof crossed === 'number' ? take(crossed) : undefined
    const request = parseHead(head, source ? 'stream' : bodyOf(crossed, limits), limits)
    const id = session.open(fetcher, request)
    if (source && request.body instanceof Upload) void pump(source, request.body)
    return id
  }
}

function bodyOf(value: Crossing, limits: FetchLimits): CrossedBody {
  // A message without a body.
  if (value === undefined || typeof value === 'number') return undefined
  if (value === 'stream') return value
  const bytes = bytesOf(value, 'body')
  if (bytes.length > limits.requestBody) throw fetchBodyExceeded('request', limits.requestBody)
  return bytes
}

function noMessages(): never {
  throw badCall('body')
}
