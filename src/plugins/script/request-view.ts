import type { Exchange } from 'gateway/plugin'
import type { GatewayField } from '../../../sandbox/border/gateway-fields.ts'
import type { MessageBody, RequestView } from '../../../sandbox/host/message-view.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { ScriptSettings } from './settings.ts'

const SEPARATORS: ReadonlyMap<string, string> = new Map([['cookie', '; ']])

/** A request as its script sees it: everything is looked up when it is asked for. */
export class ExchangeRequest implements RequestView {
  readonly #x: Exchange
  readonly #settings: ScriptSettings
  #body: MessageBody | undefined

  constructor(x: Exchange, settings: ScriptSettings) {
    this.#x = x
    this.#settings = settings
  }

  get method(): string {
    return this.#x.method
  }

  get url(): string {
    const { client, host, server, target } = this.#x
    // In absolute-form it is a URL already (RFC 9112, section 3.2.2).
    if (!target.startsWith('/')) return target
    return `${client.secure ? 'https' : 'http'}://${host || server.name || 'localhost'}${target}`
  }

  get body(): MessageBody | undefined {
    const { body } = this.#x
    if (body.empty) return undefined
    this.#body ??= new ChunkReader(body)
    return this.#body
  }

  header(name: string): string | undefined {
    return this.#x.headers.joined(name, SEPARATORS.get(name) ?? ', ')
  }

  fields(): readonly string[] {
    const fields: string[] = []
    for (const [name, value] of this.#x.headers) fields.push(name.toLowerCase(), value)
    return fields
  }

  gateway(field: GatewayField): string | undefined {
    const { client, location, server, version } = this.#x
    switch (field) {
      case 'clientAddress':
        return client.address
      case 'clientPort':
        return `${client.port}`
      case 'protocol':
        return version === 9 ? 'HTTP/0.9' : `HTTP/1.${version - 10}`
      case 'scheme':
        return client.secure ? 'https' : 'http'
      case 'serverName':
        return server.name
      case 'location':
        return location.name
      case 'tenant':
        return this.#settings.tenant
      case 'requestId':
        return this.#settings.requestId(this.#x)
      default:
        return undefined
    }
  }
}
