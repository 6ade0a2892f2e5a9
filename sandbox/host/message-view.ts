import type { Awaitable } from '../border/crossing.ts'
import type { GatewayField } from '../border/gateway-fields.ts'

/** A body that is read piece by piece; undefined is its end. */
export interface MessageBody {
  read(): Awaitable<Uint8Array | undefined>
  /** The rest is not wanted. */
  cancel(): void
}

/** A message as the guest looks at it. Names of fields are in lower case. */
export interface MessageView {
  /** The values of one field with commas between them; undefined without it. */
  header(name: string): string | undefined
  /** Name, value, name, value…, in the order they came. */
  fields(): readonly string[]
  /** Undefined for a message without one. */
  readonly body: MessageBody | undefined
}

/** The client's request. */
export interface RequestView extends MessageView {
  readonly method: string
  /** Absolute and serialized. */
  readonly url: string
  gateway(field: GatewayField): string | undefined
}

/** An answer the guest is shown: what a handler gave. */
export interface ResponseView extends MessageView {
  readonly status: number
  readonly statusText: string
}
