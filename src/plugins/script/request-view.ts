import { type Exchange, escapePath, parseTarget } from 'gateway/plugin'
import type { GatewayField } from '../../../sandbox/border/gateway-fields.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { MessageBody, RequestView } from '../../../sandbox/host/message-view.ts'
import { ChunkReader } from './chunk-reader.ts'
import { RememberedBody } from './remembered-body.ts'
import type { ScriptSettings } from './settings.ts'

const SEPARATORS: ReadonlyMap<string, string> = new Map([['cookie', '; ']])

/** A request as its script sees it: everything is looked up when it is asked for. */
export class ExchangeRequest implements RequestView {
  readonly #x: Exchange
  readonly #settings: ScriptSettings
  readonly #reads: 'whole' | 'head'
  #body: RememberedBody | undefined

  /** With `head`, the body is somebody else's to read. */
  constructor(x: Exchange, settings: ScriptSettings, reads: 'whole' | 'head' = 'whole') {
    this.#x = x
    this.#settings = settings
    this.#reads = reads
  }

  get method(): string {
    return this.#x.method
  }

  get url(): string {
    const { client, host, server } = this.#x
    const target = targetOf(this.#x)
    // In absolute-form it is a URL already (RFC 9112, section 3.2.2).
    if (!target.startsWith('/')) return target
    return `${client.secure ? 'https' : 'http'}://${host || server.name || 'localhost'}${target}`
  }

  get body(): MessageBody | undefined {
    const { body } = this.#x
    if (body.empty) return undefined
    if (this.#reads === 'head') throw refusal('TypeError', 'this hook cannot read the body')
    this.#body ??= new RememberedBody(new ChunkReader(body), this.#settings.limits.requestBody)
    return this.#body
  }

  /** What a script has read of the body is put back, for whoever reads it next. */
  settleBody(): Promise<void> | undefined {
    const body = this.#body
    this.#body = undefined
    if (!body || body.isUnread) return undefined
    return body.give().then((bytes) => this.#x.replaceBody(bytes))
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

/** As sent, unless the request was led elsewhere since. */
function targetOf({ args, internal, rewritten, target, uri }: Exchange): string {
  if (rewritten === 'no' && !internal) return target
  const sent = parseTarget(target, true)
  if (sent.uri === uri && sent.args === args) return target
  return escapePath(uri) + (args === undefined ? '' : `?${args}`)
}
