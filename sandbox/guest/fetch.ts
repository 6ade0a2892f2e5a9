import { FETCHED } from '../border/messages.ts'
import { FetchOp } from '../border/ops.ts'
import type { BodySource } from './body.ts'
import { originOf } from './body-stream.ts'
import { bytesOf } from './bytes.ts'
import { host } from './host.ts'
import { headOf } from './outgoing.ts'
import { Request, type RequestInit, requestParts } from './request.ts'
import { fetchedResponse, type Response } from './response.ts'
import { isReadable, type ReadableStream } from './streams.ts'
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
  const { signal } = parts
  signal?.throwIfAborted()
  const body = crossing(parts.source)
  const own = isReadable(body) ? body : undefined
  const crosses = isReadable(body) ? 'stream' : body
  const id = host(FetchOp.open, headOf(parts), crosses, fetcher) as number
  signal?.addEventListener('abort', () => host(FetchOp.abort, id), { once: true })
  const answer = later<string>(host(FetchOp.send, id))
  if (own) void upload(id, own)
  try {
    return fetchedResponse(await answer, FETCHED + id)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** A body as it crosses; a stream of the script's own follows piece by piece. */
function crossing(source: BodySource): undefined | Uint8Array | number | ReadableStream {
  if (typeof source === 'string') return encodeUtf8(source)
  return isReadable(source) ? (originOf(source) ?? source) : source
}

/** Writes a stream as fast as it is sent. An answer that comes before its end counts all the same. */
async function upload(id: number, stream: ReadableStream): Promise<void> {
  const reader = stream.getReader()
  for (;;) {
    let piece: Uint8Array | undefined
    try {
      const { done, value } = await reader.read()
      piece = done ? undefined : bytesOf(value)
    } catch {
      host(FetchOp.abort, id)
      return
    }
    try {
      await later(host(FetchOp.write, id, piece))
    } catch (error) {
      await reader.cancel(error).catch(() => undefined)
      return
    }
    if (piece === undefined) return
  }
}
