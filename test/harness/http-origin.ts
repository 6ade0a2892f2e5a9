import { type Origin, origin } from './origin.ts'
import type { Request } from './request.ts'

/** What a well-behaved origin answers. */
export interface Answer {
  readonly status?: number
  /** Header lines in order; `Content-Length` is added. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Buffer
  /** Sends the body as these chunks instead. */
  readonly chunks?: readonly string[]
  /** Announces and does a close after this answer. */
  readonly close?: boolean
}

/** A request as an origin recorded it. */
export interface Recorded extends Request {
  /** Which of the origin's connections carried it, counted from 1. */
  readonly connection: number
}

/** A keep-alive HTTP/1.1 origin that records every request. */
export interface HttpOrigin extends Origin {
  readonly requests: readonly Recorded[]
  /** Takes the requests recorded so far out of `requests`. */
  takeRequests(): Recorded[]
}

/** Starts an origin that answers each request by `respond`; by default 200 with the target. */
export async function httpOrigin(
  respond: (request: Recorded) => Answer | Promise<Answer> = (request) => ({
    body: request.target,
  }),
): Promise<HttpOrigin> {
  const requests: Recorded[] = []
  const started = await origin(async (peer) => {
    for (;;) {
      const request = await peer.request()
      if (request === undefined) return
      const recorded = { ...request, connection: peer.number }
      requests.push(recorded)
      const answer = await respond(recorded)
      await peer.send(serialise(answer, request.method))
      if (answer.close === true || request.headers.get('connection') === 'close') return
    }
  })
  return Object.assign(started, { requests, takeRequests: () => requests.splice(0) })
}

function serialise(answer: Answer, method: string): Buffer {
  const status = answer.status ?? 200
  const body = Buffer.from(answer.body ?? '')
  const lines = (answer.headers ?? []).map(([name, value]) => `${name}: ${value}\r\n`)
  if (answer.close === true) lines.push('Connection: close\r\n')
  const bodiless = status === 204 || status === 304
  if (answer.chunks !== undefined) lines.push('Transfer-Encoding: chunked\r\n')
  else if (!bodiless) lines.push(`Content-Length: ${body.length}\r\n`)
  const head = Buffer.from(`HTTP/1.1 ${status} Answer\r\n${lines.join('')}\r\n`, 'latin1')
  if (bodiless || method === 'HEAD') return head
  if (answer.chunks === undefined) return Buffer.concat([head, body])
  const chunks = answer.chunks.map(
    (chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`,
  )
  return Buffer.concat([head, Buffer.from(`${chunks.join('')}0\r\n\r\n`)])
}
