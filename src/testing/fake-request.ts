import { Buffer } from 'node:buffer'
import { steadyTime } from '../base/clock.ts'
import type { Client } from '../kernel/exchange/client.ts'
import { Exchange } from '../kernel/exchange/exchange.ts'
import { NO_BODY, RequestBody } from '../kernel/exchange/request-body.ts'
import type { ServerPlan } from '../kernel/phase/plan.ts'
import { Fields } from '../wire/http1/fields.ts'
import { parseTarget } from '../wire/uri.ts'
import type { CollectingSink } from './collecting-sink.ts'
import type { RequestOptions } from './index.ts'

const CLIENT: Client = {
  serial: 1,
  address: '127.0.0.1',
  port: 50_000,
  localAddress: '127.0.0.1',
  localPort: 8080,
  requests: 1,
  acceptedAt: 0,
  secure: false,
  pipelined: false,
  proxyProtocol: undefined,
}

/** The exchange of a request that goes to `server` and is answered into `sink`. */
export function fakeExchange(
  options: RequestOptions,
  server: ServerPlan,
  sink: CollectingSink,
): Exchange {
  const { method = 'GET', target = '/', version = 11, host = 'localhost' } = options
  const { uri, args } = parseTarget(target, server.settings.merge_slashes)
  const now = steadyTime()
  return new Exchange({
    client: { ...CLIENT, acceptedAt: now, ...options.client },
    carrier: {
      drop: () => sink.drop(),
      endsWithClose: () => undefined,
      hold: () => () => undefined,
    },
    server,
    headers: Fields.from({ Host: host, ...options.headers }),
    headSize: 0,
    body: bodyOf(options.body),
    end: sink,
    startedAt: now,
    parent: undefined,
    captures: undefined,
    method,
    target,
    version,
    uri,
    args,
    host,
  })
}

function bodyOf(text: string | Uint8Array | undefined): RequestBody {
  if (text === undefined || text.length === 0) return NO_BODY
  const bytes = Buffer.from(text as Uint8Array)
  const source = { resumeBody: () => undefined, pauseBody: () => undefined }
  const body = new RequestBody(source, bytes.length)
  body.feed(bytes, 0, bytes.length)
  return body
}
