import { clock } from '../base/clock.ts'
import { badRequest, type GatewayError, methodRefused } from '../base/errors.ts'
import type { Client } from '../kernel/exchange/client.ts'
import { type Carrier, Exchange } from '../kernel/exchange/exchange.ts'
import { type BodySource, NO_BODY, RequestBody } from '../kernel/exchange/request-body.ts'
import type { Sink } from '../kernel/filter/sink.ts'
import { finish } from '../kernel/phase/finish.ts'
import type { ListenPlan } from '../kernel/phase/plan.ts'
import { Fields } from '../wire/http1/fields.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import { absoluteHost, parseHost, parseTarget } from '../wire/uri.ts'

/** What a connection is to the exchanges on it. */
interface Carrying extends Client {
  readonly plan: ListenPlan
  readonly current: Carrier
  readonly reader: BodySource
}

/** The exchange of a request head: framing, host and target are checked here, once. */
export function makeExchange(head: RequestHead, connection: Carrying, end: Sink): Exchange {
  const { servers } = connection.plan
  head.checkFields()
  const length = bodyLength(head)
  const host = requestedHost(head)
  const server = servers.find(host)
  const target = parseTarget(head.target, server.settings.merge_slashes)
  return new Exchange({
    client: connection,
    carrier: connection.current,
    server,
    headers: head,
    headSize: head.size,
    body: length === 0 ? NO_BODY : new RequestBody(connection.reader, length),
    end,
    startedAt: clock.now,
    parent: undefined,
    captures: servers.lastMatch,
    method: head.method,
    target: head.target,
    version: head.version,
    host,
    uri: target.uri,
    args: target.args,
  })
}

/**
 * An exchange for a request that could not be understood, so that it is answered with the default
 * server's error page and goes through its log like any other.
 */
export function refusedExchange(
  head: RequestHead | undefined,
  connection: Carrying,
  end: Sink,
): Exchange {
  return new Exchange({
    client: connection,
    carrier: connection.current,
    server: connection.plan.servers.default,
    headers: head ?? new Fields(),
    headSize: head?.size ?? 0,
    body: NO_BODY,
    end,
    startedAt: clock.now,
    parent: undefined,
    captures: undefined,
    method: head?.method ?? '',
    target: head?.target ?? '',
    version: head?.version ?? 10,
    host: '',
    uri: '/',
    args: undefined,
  })
}

/** Answers it with the status of what was wrong. */
export function refuse(x: Exchange, error: GatewayError): void {
  x.report(error)
  finish(x, error.status)
}

/** How much body follows a head: bytes, or undefined for a chunked one. */
function bodyLength(head: RequestHead): number | undefined {
  const coding = head.transferEncoding
  const length = head.contentLength
  if (coding !== undefined) {
    if (head.version < 11) throw badRequest('Transfer-Encoding in an HTTP/1.0 request')
    if (length !== undefined) throw badRequest('Content-Length and Transfer-Encoding together')
    if (coding.toLowerCase() !== 'chunked') {
      throw badRequest(`unknown Transfer-Encoding "${coding}"`, 501)
    }
    return undefined
  }
  if (length === undefined) return 0
  if (!/^\d{1,15}$/.test(length)) throw badRequest('invalid Content-Length')
  return Number(length)
}

/** The host a request is for, checked and in canonical form; `` where none is named. */
function requestedHost(head: RequestHead): string {
  // As in nginx a CONNECT is refused as such only where it names a host and a port.
  const isFalse = head.method === 'CONNECT' && !AUTHORITY_FORM.test(head.target)
  if (isFalse) throw badRequest('invalid request')
  if (head.method === 'CONNECT' || head.method === 'TRACE') throw methodRefused(head.method)
  const field = head.host
  if (field === undefined && head.version === 11) {
    throw badRequest('HTTP/1.1 request without Host header')
  }
  // The Host field is checked even where an absolute-form target wins over it (RFC 9112, 3.2.2).
  const named = field === undefined ? '' : parseHost(field)
  const absolute = absoluteHost(head.target)
  return absolute === undefined ? named : parseHost(absolute)
}

/** The target of a CONNECT (RFC 9112 section 3.2.3). */
const AUTHORITY_FORM = /^(?:\[[^\][/?#@]+\]|[^\][/?#@:]+):\d{1,5}$/

/** Whether the client waits for a word before it sends its body (RFC 9110 section 10.1.1). */
export function expectsContinue(head: RequestHead): boolean {
  return head.version === 11 && head.expect?.toLowerCase() === '100-continue'
}

/** RFC 9112 section 9.3: 1.1 keeps the connection unless told otherwise, 1.0 only if asked to. */
export function wantsKeepAlive(head: RequestHead): boolean {
  const connection = head.connection
  if (connection === undefined) return head.version === 11
  const words = connection.toLowerCase()
  if (/(?:^|[ \t,])close(?:$|[ \t,])/.test(words)) return false
  return head.version === 11 || /(?:^|[ \t,])keep-alive(?:$|[ \t,])/.test(words)
}
