import { FETCHED } from '../border/messages.ts'
import { FetchOp } from '../border/ops.ts'
import { allOf } from './body.ts'
import { isBytes } from './bytes.ts'
import { host } from './host.ts'
import { bodyForHost, headOf } from './outgoing.ts'
import { Request, type RequestInit, requestParts } from './request.ts'
import { fetchedResponse, type Response } from './response.ts'
import { later } from './tickets.ts'
import { encodeUtf8 } from './utf8.ts'

/** The hosts of `egress`. */
const EGRESS = 0

/** `env.API`: an upstream or another script that can be asked. */
export class Fetcher {
  readonly #fetcher: number

  constructor(fetcher: number) {
    this.#fetcher = fetcher
  }

  /** Asks it; the host in the URL is only what the other side is told. */
  fetch(input: Request | string | object, init?: RequestInit): Promise<Response> {
    return send(this.#fetcher, input, init)
  }
}

/** Asks a host that `egress` allows (Fetch, "fetch"). */
export function fetch(input: Request | string | object, init?: RequestInit): Promise<Response> {
  return send(EGRESS, input, init)
}

async function send(
  fetcher: number,
  input: Request | string | object,
  init: RequestInit | undefined,
): Promise<Response> {
  const parts = requestParts(new Request(input, init))
  parts.signal?.throwIfAborted()
  const body = await bodyForHost(parts.source)
  const id = host(FetchOp.open, headOf(parts), await asBytes(body), fetcher) as number
  const abort = () => host(FetchOp.abort, id)
  parts.signal?.addEventListener('abort', abort, { once: true })
  try {
    const head = await later<string>(host(FetchOp.send, id))
    return fetchedResponse(head, FETCHED + id)
  } catch (error) {
    parts.signal?.throwIfAborted()
    throw error
  }
}

async function asBytes(
  body: undefined | string | Uint8Array | number,
): Promise<Uint8Array | undefined> {
  if (body === undefined || isBytes(body)) return body
  return typeof body === 'string' ? encodeUtf8(body) : allOf(body)
}
