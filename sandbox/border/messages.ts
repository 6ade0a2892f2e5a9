/**
 * The handle of a message at the host: the client's request, or an answer the guest was given. Its
 * head is read field by field, its body is read or passed on unseen.
 */
export type Message = number

/** The client's request. */
export const REQUEST: Message = 0

/** The response a `response` hook filters. */
export const RESPONSE: Message = 1

/** From here on, the answers to fetches: this plus the number of the fetch. */
export const FETCHED: Message = 1_000_000

/** In the place of an answer's body: it follows by `write`. */
export const STREAMED = -1

const STATUSES = 1000

/** A message and its status in one number, as ops answer it. */
export function packMessage(message: Message, status: number): number {
  return message * STATUSES + status
}

/** The message in `packed`. */
export function messageIn(packed: number): Message {
  return Math.floor(packed / STATUSES)
}

/** The status in `packed`. */
export function statusIn(packed: number): number {
  return packed % STATUSES
}
