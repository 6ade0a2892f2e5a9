import { newWriteRequest, type WriteRequest } from './binding.ts'

/** Most writes are done at once: one request for a write serves again and again. */
let spare: WriteRequest | undefined

export function takeRequest(): WriteRequest {
  const request = spare
  if (!request) return newWriteRequest()
  spare = undefined
  return request
}

/** Gives back a request whose write is done. */
export function giveRequest(request: WriteRequest): void {
  spare = request
}
