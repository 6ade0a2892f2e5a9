import { FETCHED, type Message, REQUEST } from '../border/messages.ts'
import { refusal } from '../border/refusal.ts'
import type { MessageBody, MessageView, RequestView, ResponseView } from './message-view.ts'
import { tee } from './tee.ts'

/** A message whose head is not kept: a second body, or what was fetched. */
type Known = MessageView | ResponseView | { readonly body: MessageBody | undefined }

/** The messages of one run by their handles. Each body is given away once. */
export class Messages {
  readonly #known = new Map<Message, Known>()
  readonly #taken = new Set<Message>()
  readonly #fetched: ((id: number) => MessageBody | undefined) | undefined
  readonly #limit: number
  #next = REQUEST + 1

  /** `fetched` finds the body of an answer to a fetch; `limit` is how many messages there may be. */
  constructor(
    request: RequestView | undefined,
    fetched: ((id: number) => MessageBody | undefined) | undefined,
    limit: number,
  ) {
    if (request) this.#known.set(REQUEST, request)
    this.#fetched = fetched
    this.#limit = limit
  }

  add(message: Known): Message {
    if (this.#next > this.#limit) {
      throw refusal('RangeError', `more than ${this.#limit} messages in one run`)
    }
    const handle = this.#next++
    this.#known.set(handle, message)
    return handle
  }

  /** The head of a message. */
  head(handle: unknown): MessageView {
    const found = this.#known.get(handle as Message)
    if (!found || !('fields' in found)) throw unknownMessage()
    return found
  }

  /** An answer's head. */
  answer(handle: unknown): ResponseView {
    const found = this.#known.get(handle as Message)
    if (!found || !('status' in found)) throw unknownMessage()
    return found
  }

  /** Whether a message has a body, taken or not. */
  hasBody(handle: unknown): boolean {
    return this.#bodyOf(handle) !== undefined
  }

  /** Gives a body away. */
  take(handle: unknown): MessageBody | undefined {
    const body = this.#bodyOf(handle)
    if (body === undefined) return undefined
    if (this.#taken.has(handle as Message)) throw refusal('TypeError', 'body has been used already')
    this.#taken.add(handle as Message)
    return body
  }

  /** The body of a message that is being read chunk by chunk: nobody else gets it any more. */
  reading(handle: unknown): MessageBody | undefined {
    const body = this.#bodyOf(handle)
    this.#taken.add(handle as Message)
    return body
  }

  /** A second message with the body of another. */
  tee(handle: unknown, limit: number): Message {
    const message = this.#known.get(handle as Message)
    const body = this.take(handle)
    this.#taken.delete(handle as Message)
    if (body === undefined) return this.add({ body: undefined })
    const [own, other] = tee(body, limit)
    this.#known.set(handle as Message, message ? withBody(message, own) : { body: own })
    return this.add({ body: other })
  }

  #bodyOf(handle: unknown): MessageBody | undefined {
    const found = this.#known.get(handle as Message)
    if (found) return found.body
    if (typeof handle !== 'number' || handle < FETCHED) throw unknownMessage()
    const body = this.#fetched?.(handle - FETCHED)
    this.#known.set(handle, { body })
    return body
  }
}

/** The same head with another body. A view may have private parts, so it is asked itself. */
function withBody(message: Known, body: MessageBody): Known {
  if (!('fields' in message)) return { body }
  const head = {
    header: (name: string) => message.header(name),
    fields: () => message.fields(),
    body,
  }
  if (!('status' in message)) return head
  return { ...head, status: message.status, statusText: message.statusText }
}

function unknownMessage(): Error {
  return refusal('TypeError', 'no such message')
}
