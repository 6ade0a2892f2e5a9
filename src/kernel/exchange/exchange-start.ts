import type { ReadonlyFields } from '../../wire/http1/fields.ts'
import type { Sink } from '../filter/sink.ts'
import type { ServerPlan } from '../phase/plan.ts'
import type { Client } from './client.ts'
import type { Carrier, Exchange } from './exchange.ts'
import type { RequestBody } from './request-body.ts'

/** What an exchange begins with; the connection and the subrequest maker fill it in. */
export interface ExchangeStart {
  readonly client: Client
  readonly carrier: Carrier
  readonly server: ServerPlan
  readonly headers: ReadonlyFields
  readonly headSize: number
  readonly body: RequestBody
  readonly end: Sink
  readonly startedAt: number
  readonly parent: Exchange | undefined
  /** Of a regular expression that chose the server. */
  readonly captures: RegExpExecArray | undefined
  readonly method: string
  /** As sent (`$request_uri`). */
  readonly target: string
  /** 9, 10 or 11. */
  readonly version: number
  /** Decoded, dot segments removed, slashes merged (`$uri`). */
  readonly uri: string
  /** Without the question mark; undefined when there was none. */
  readonly args: string | undefined
  /** Lower case, without port; from the request line, else the Host field, else ``. */
  readonly host: string
}
