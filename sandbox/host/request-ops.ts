import type { Crossing } from '../border/crossing.ts'
import { GATEWAY_FIELDS, type GatewayField } from '../border/gateway-fields.ts'
import { LINE } from '../border/lines.ts'
import { packMessage } from '../border/messages.ts'
import { RequestOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import { badCall, textOf } from './arguments.ts'
import type { RequestView, ResponseView } from './message-view.ts'
import type { Messages } from './messages.ts'
import type { OutgoingRequest } from './run-events.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** What requests are made of here. */
export interface RequestOptions {
  /** Without it there is no request to ask about. */
  readonly request: RequestView | undefined
  readonly messages: Messages
  /** Settles when the client goes. */
  readonly clientGone: Promise<void>
  outgoing(head: Crossing, body: Crossing): OutgoingRequest
  /** Runs the location's handler, with another request or with the client's. */
  next(request: OutgoingRequest | undefined): Promise<ResponseView>
  upstream(name: string): void
}

/** Requests, and what answers them, for the guest (16–63). */
export function requestOps(options: RequestOptions) {
  const { messages } = options
  return (op: number, a: Crossing, b: Crossing): Crossing | Promise<Crossing> => {
    switch (op) {
      case RequestOp.header:
        return header(messages, a, textOf(b, 'name'))
      case RequestOp.headerLines:
        return messages.head(a).fields().join(LINE)
      case RequestOp.method:
        return requestOf(options).method
      case RequestOp.url:
        return requestOf(options).url
      case RequestOp.gateway:
        return requestOf(options).gateway(gatewayField(a))
      case RequestOp.statusText:
        return messages.answer(a).statusText
      case RequestOp.next: {
        const asked = a === undefined ? undefined : options.outgoing(a, b)
        return options
          .next(asked)
          .then((answer) => packMessage(messages.add(answer), answer.status))
      }
      case RequestOp.upstream:
        options.upstream(textOf(a, 'upstream'))
        return undefined
      case RequestOp.clientGone:
        return options.clientGone.then(() => undefined)
      default:
        throw badCall('op')
    }
  }
}

function requestOf({ request }: RequestOptions): RequestView {
  if (!request) throw refusal('TypeError', 'there is no request in this hook')
  return request
}

/** As written first, for most names are in lower case; a name that is none is an error. */
function header(messages: Messages, message: Crossing, name: string): string | undefined {
  const view = messages.head(message)
  const found = view.header(name)
  if (found !== undefined) return found
  if (!NAME.test(name)) throw refusal('TypeError', 'invalid header name')
  return view.header(name.toLowerCase())
}

function gatewayField(name: Crossing): GatewayField {
  if (!GATEWAY_FIELDS.includes(name as GatewayField)) throw badCall('field')
  return name as GatewayField
}
