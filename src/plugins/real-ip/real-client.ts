import type { Client, TlsFacts } from 'gateway/plugin'
import type { Origin } from './origin.ts'

/** The client behind a proxy: its address is what the proxy tells, the rest the connection's. */
export class RealClient implements Client {
  /** Who is connected: the proxy. */
  readonly proxy: Client
  readonly address: string
  readonly port: number

  constructor(proxy: Client, { address, port }: Origin) {
    this.proxy = proxy
    this.address = address
    this.port = port
  }

  get serial(): number {
    return this.proxy.serial
  }

  get localAddress(): string {
    return this.proxy.localAddress
  }

  get localPort(): number {
    return this.proxy.localPort
  }

  get proxyProtocol(): Client['proxyProtocol'] {
    return this.proxy.proxyProtocol
  }

  get requests(): number {
    return this.proxy.requests
  }

  get acceptedAt(): number {
    return this.proxy.acceptedAt
  }

  get secure(): boolean {
    return this.proxy.secure
  }

  get tls(): TlsFacts | undefined {
    return this.proxy.tls
  }

  get pipelined(): boolean {
    return this.proxy.pipelined
  }
}
