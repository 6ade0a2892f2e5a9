import type { GatewayField } from '../../../../sandbox/border/gateway-fields.ts'
import type { FetchRequest } from '../../../../sandbox/host/fetch/fetcher.ts'
import type { MessageBody, RequestView } from '../../../../sandbox/host/message-view.ts'
import { bodyToRead } from './request-body.ts'

/** The request one script makes, as the one that is called sees it. */
export class FetchedRequest implements RequestView {
  readonly method: string
  readonly url: string
  readonly body: MessageBody | undefined
  readonly #fields: readonly string[]
  readonly #around: RequestView

  /** `around` is the client's, for what the gateway knows. */
  constructor({ body, fields, method, url }: FetchRequest, around: RequestView) {
    this.method = method
    this.url = url.href
    this.body = bodyToRead(body)
    this.#fields = fields.flatMap(([name, value]) => [name.toLowerCase(), value])
    this.#around = around
  }

  header(name: string): string | undefined {
    const fields = this.#fields
    const found = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name)
    return found.length > 0 ? found.join(', ') : undefined
  }

  fields(): readonly string[] {
    return this.#fields
  }

  gateway(field: GatewayField): string | undefined {
    return this.#around.gateway(field)
  }
}
