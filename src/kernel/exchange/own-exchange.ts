import { clock } from '../../base/clock.ts'
import { clientClosed } from '../../base/errors.ts'
import { Fields } from '../../wire/http1/fields.ts'
import type { Sink } from '../filter/sink.ts'
import type { LocationPlan, ServerPlan } from '../phase/plan.ts'
import { runEndings } from '../phase/run.ts'
import type { Client } from './client.ts'
import { type Carrier, Exchange } from './exchange.ts'
import { NO_BODY } from './request-body.ts'

/** Where an exchange stands. */
export interface Stand {
  readonly server: ServerPlan
  readonly location: LocationPlan
}

/**
 * Lets `work` make requests inside the gateway, in a place, on behalf of an exchange that no client
 * has asked for. It has no request line, no fields and no body, and nobody sees what it is answered;
 * what is under way when the work is done is broken off.
 */
export async function workInside<T>(
  stand: Stand,
  hold: Carrier['hold'],
  work: (x: Exchange) => Promise<T>,
): Promise<T> {
  const x = ownExchange(stand, { ...NOBODY, acceptedAt: clock.now }, hold)
  try {
    return await work(x)
  } finally {
    x.abort(clientClosed('its work was done'))
    runEndings(x)
  }
}

/** An exchange that no client has asked for, in a place: for values that are made of exchanges. */
export function ownExchange(
  { location, server }: Stand,
  client: Client,
  hold: Carrier['hold'] = () => undefined,
): Exchange {
  const x = new Exchange({
    client,
    carrier: { drop() {}, endsWithClose() {}, hold },
    server,
    headers: new Fields(),
    headSize: 0,
    body: NO_BODY,
    end: NOWHERE,
    startedAt: clock.now,
    parent: undefined,
    captures: undefined,
    method: '',
    target: '/',
    version: 11,
    host: client.tls?.serverName ?? '',
    uri: '/',
    args: undefined,
  })
  x.location = location
  x.internal = true
  return x
}

/** As of a unix socket: there is no address that anything could be decided by. */
const NOBODY: Client = Object.freeze({
  serial: 0,
  address: 'unix:',
  port: 0,
  localAddress: 'unix:',
  localPort: 0,
  proxyProtocol: undefined,
  requests: 0,
  acceptedAt: 0,
  secure: false,
  pipelined: false,
})

const NOWHERE: Sink = { head() {}, data() {}, end() {}, fail() {} }
