import type { Crossing } from '../border/crossing.ts'
import { FetchOp } from '../border/ops.ts'
import { badCall, bytesOf, countOf, textOf } from './arguments.ts'
import { fetchBodyExceeded } from './errors.ts'
import type { FetchLimits } from './fetch/fetch-limits.ts'
import type { FetchSession } from './fetch/fetch-session.ts'
import { type CrossedBody, formatHead, parseHead } from './fetch/head-text.ts'
import type { OpHandler } from './op-handler.ts'

/** What a script may ask of its fetches. */
export function fetchOps(session: FetchSession, limits: FetchLimits): OpHandler {
  return (op, a, b, c) => {
    switch (op) {
      case FetchOp.open: {
        const request = parseHead(textOf(a, 'head'), bodyOf(b, limits), limits)
        return session.open(countOf(c, 'fetcher'), request)
      }
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
}

function bodyOf(value: Crossing, limits: FetchLimits): CrossedBody {
  if (value === undefined || value === 'stream') return value
  const bytes = bytesOf(value, 'body')
  if (bytes.length > limits.requestBody) throw fetchBodyExceeded('request', limits.requestBody)
  return bytes
}
