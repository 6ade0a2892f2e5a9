import { Buffer } from 'node:buffer'
import type { GatewayError } from '../../src/base/errors.ts'
import type { Client } from '../../src/kernel/exchange/client.ts'
import { type Carrier, Exchange } from '../../src/kernel/exchange/exchange.ts'
import type { ExchangeStart } from '../../src/kernel/exchange/exchange-start.ts'
import { NO_BODY } from '../../src/kernel/exchange/request-body.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import type { ServerPlan } from '../../src/kernel/phase/plan.ts'
import type { Awaitable } from '../../src/kernel/phase/verdict.ts'
import type { Head } from '../../src/wire/head.ts'
import { Fields } from '../../src/wire/http1/fields.ts'

/** The end of a filter chain, which keeps what it gets. */
export class Kept implements Sink {
  /** It copies what it gets. */
  readonly borrows = true
  readonly calls: string[] = []
  readonly chunks: Buffer[] = []
  got: Head | undefined
  failure: GatewayError | undefined
  ended = false
  /** Makes the writer wait, when set. */
  slow: (() => Promise<void>) | undefined

  head(head: Head): void {
    this.calls.push('head')
    this.got = head
  }

  data(chunk: Uint8Array): Awaitable<void> {
    this.calls.push('data')
    this.chunks.push(Buffer.from(chunk))
    return this.slow?.()
  }

  end(): void {
    this.calls.push('end')
    this.ended = true
  }

  fail(error: GatewayError): void {
    this.calls.push('fail')
    this.failure = error
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  /** Status and body, to compare answers with. */
  get answer(): readonly [number | undefined, string] {
    return [this.got?.status, this.text]
  }
}

/** What a carrier was asked for. */
export class Carried implements Carrier {
  readonly asked: string[] = []

  drop(): void {
    this.asked.push('drop')
  }

  endsWithClose(): void {
    this.asked.push('close')
  }

  hold(): () => void {
    this.asked.push('hold')
    return () => this.asked.push('release')
  }
}

const CLIENT: Client = {
  serial: 1,
  address: '192.0.2.1',
  port: 50_000,
  localAddress: '192.0.2.2',
  localPort: 8080,
  requests: 1,
  acceptedAt: 0,
  secure: false,
  pipelined: false,
  proxyProtocol: undefined,
}

/** An exchange without a connection: where it goes and what it asks of its carrier can be seen. */
export function makeExchange(
  server: ServerPlan,
  parts: Partial<ExchangeStart> & { client?: Partial<Client> } = {},
): { x: Exchange; end: Kept; carrier: Carried } {
  const end = new Kept()
  const carrier = new Carried()
  const x = new Exchange({
    carrier,
    server,
    headers: new Fields(),
    headSize: 0,
    body: NO_BODY,
    end,
    startedAt: 0,
    parent: undefined,
    captures: undefined,
    method: 'GET',
    target: '/',
    version: 11,
    uri: '/',
    args: undefined,
    host: 'host.example',
    ...parts,
    client: { ...CLIENT, ...parts.client },
  })
  return { x, end, carrier }
}
