import { randomBytes } from 'node:crypto'
import { clock } from '../../base/clock.ts'
import { badRequest, GatewayError, methodRefused, pluginFailed } from '../../base/errors.ts'
import { Exchange } from '../../kernel/exchange/exchange.ts'
import type { ExchangeStart } from '../../kernel/exchange/exchange-start.ts'
import { NO_BODY, RequestBody } from '../../kernel/exchange/request-body.ts'
import { finish } from '../../kernel/phase/finish.ts'
import type { ListenPlan } from '../../kernel/phase/plan.ts'
import { start } from '../../kernel/phase/run.ts'
import { counters } from '../../kernel/process/counters.ts'
import { Fields } from '../../wire/http1/fields.ts'
import { CODE } from '../../wire/http2/codes.ts'
import { StreamFault } from '../../wire/http2/fault.ts'
import type { FieldBlock } from '../../wire/http2/hpack/field-block.ts'
import { type Asked, readRequest } from '../../wire/http2/request-fields.ts'
import { parseHost, parseTarget } from '../../wire/uri.ts'
import { ClientStream } from './client-stream.ts'
import type { Position } from './outgoing.ts'
import type { Session } from './session.ts'
import { StreamClient } from './stream-client.ts'
import { StreamSink } from './stream-sink.ts'
import { StreamTunnel } from './stream-tunnel.ts'

/** As `$server_protocol` and others have it: 2.0. */
const VERSION = 20

/** Begins the exchange of a request whose head took `size` bytes. Throws a `StreamFault` for what is none. */
export function startStream(
  session: Session,
  id: number,
  block: FieldBlock,
  size: number,
  position: Position,
): void {
  const { connection } = session
  const { servers } = connection.plan
  const asked = readRequest(block, servers.default.settings)
  if (position === 'last' && asked.length !== undefined && asked.length > 0) {
    throw new StreamFault(CODE.protocolError, 'less body than it has announced')
  }
  connection.requests++
  counters.requests++
  const stream = new ClientStream(id, session)
  stream.input.whole = position === 'last'
  stream.sink = new StreamSink(stream)
  const bodyless = position === 'last' || asked.protocol !== undefined
  const body = bodyless ? NO_BODY : new RequestBody(stream.input, asked.length, 'frames')
  if (asked.protocol !== undefined) stream.tunnel = new StreamTunnel(stream)
  let place: Place
  let fault: GatewayError | undefined
  try {
    if (block.tooLarge) throw badRequest('too large request header')
    place = placeOf(asked, connection.plan)
    fault = connection.speaking.tls?.fault(place.server, connection.tls)
  } catch (error) {
    fault = error instanceof GatewayError ? error : pluginFailed('kernel', error)
    // What cannot be served is the default server's to answer, as in HTTP/1.
    place = { server: servers.default, captures: undefined, host: '', uri: '/', args: undefined }
  }
  // One literal, without spreading: it is made for each request.
  const x = new Exchange({
    client: new StreamClient(connection),
    carrier: stream,
    server: place.server,
    headers: asked.protocol === undefined ? asked.fields : upgradeFields(asked),
    headSize: size,
    body,
    end: stream.sink,
    startedAt: clock.now,
    parent: undefined,
    captures: place.captures,
    // Handlers see what it would be in HTTP/1.
    method: asked.protocol === undefined ? asked.method : 'GET',
    target: asked.path,
    version: VERSION,
    host: place.host,
    uri: place.uri,
    args: place.args,
  })
  stream.x = x
  session.begin(stream)
  stream.input.expectsContinue = body !== NO_BODY && asked.fields.get('expect') === '100-continue'
  connection.settings = x.location.settings
  if (!fault) {
    start(x)
    return
  }
  x.report(fault)
  finish(x, fault.status)
}

/** The fields of an extended CONNECT as HTTP/1 asks for another protocol (RFC 8441 section 5). */
function upgradeFields({ fields, protocol }: Asked): Fields {
  const list = [...fields.list, 'connection', 'upgrade', 'upgrade', protocol as string]
  // HTTP/2 needs no key; who is asked in HTTP/1 wants one.
  if (protocol === 'websocket') list.push('sec-websocket-key', randomBytes(16).toString('base64'))
  return new Fields(list)
}

/** Where a request goes. */
type Place = Pick<ExchangeStart, 'server' | 'captures' | 'host' | 'uri' | 'args'>

function placeOf({ authority, fields, method, path, protocol }: Asked, plan: ListenPlan): Place {
  const { servers } = plan
  if ((method === 'CONNECT' && protocol === undefined) || method === 'TRACE') {
    throw methodRefused(method)
  }
  const named = authority ?? fields.get('host') ?? ''
  const host = named === '' ? '' : parseHost(named)
  const server = servers.find(host)
  const { args, uri } = parseTarget(path, server.settings.merge_slashes)
  return { server, captures: servers.lastMatch, host, uri, args }
}
