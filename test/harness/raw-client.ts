import net from 'node:net'
import { onCleanup } from './cleanup.ts'
import { type Response, type ResponseOptions, readResponse } from './response.ts'
import { Wire } from './wire.ts'

/** Where to connect: a loopback port, or a unix socket's path. */
export type Target = number | string

/** How a client connects. */
export interface ClientOptions {
  readonly host?: string
  /** Milliseconds to wait for the next byte before the test fails. */
  readonly patience?: number
}

/** A client that sends exact bytes and reads answers strictly. Tests mostly `connect` one. */
export class RawClient extends Wire {
  static async open(target: Target, options: ClientOptions = {}): Promise<RawClient> {
    const where =
      typeof target === 'number'
        ? { port: target, host: options.host ?? '127.0.0.1' }
        : { path: target }
    const socket = net.connect({ ...where, allowHalfOpen: true })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawClient(socket, options.patience)
  }

  /** The next answer on this connection. */
  response(options?: ResponseOptions): Promise<Response> {
    return readResponse(this.incoming, options)
  }

  /** Sends the bytes and reads one answer. */
  async exchange(bytes: string | Uint8Array, options?: ResponseOptions): Promise<Response> {
    await this.send(bytes)
    return this.response(options)
  }

  /** Sends all requests at once and reads one answer for each, in order. */
  async pipeline(requests: readonly string[]): Promise<Response[]> {
    await this.send(requests.join(''))
    const answers: Response[] = []
    for (const request of requests) {
      answers.push(await this.response({ method: request.slice(0, request.indexOf(' ')) }))
    }
    return answers
  }
}

/** Opens a connection that is closed when the test is over. */
export async function connect(target: Target, options?: ClientOptions): Promise<RawClient> {
  const client = await RawClient.open(target, options)
  onCleanup(() => client.destroy())
  return client
}

/** A request's text: `Host` is added where it is missing, `Content-Length` where there is a body. */
export function request(
  startLine: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  if (!names.includes('host')) lines.unshift('Host: localhost\r\n')
  if (body !== '' && !names.includes('content-length') && !names.includes('transfer-encoding')) {
    lines.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n`)
  }
  const line = / HTTP\/\d/.test(startLine) ? startLine : `${startLine} HTTP/1.1`
  return `${line}\r\n${lines.join('')}\r\n${body}`
}

/** The text of `GET path`, for connections that go on. */
export function GET(path: string, headers: Readonly<Record<string, string>> = {}): string {
  return request(`GET ${path}`, headers)
}

/** A whole body in the chunked coding. */
export function chunked(...chunks: readonly string[]): string {
  const all = chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`)
  return `${all.join('')}0\r\n\r\n`
}

/** Opens a connection, sends these bytes, reads one answer and closes. */
export async function once(
  target: Target,
  bytes: string | Uint8Array,
  options: ResponseOptions & ClientOptions = {},
): Promise<Response> {
  const client = await RawClient.open(target, options)
  try {
    const text = typeof bytes === 'string' ? bytes.slice(0, 8) : ''
    const method = text.slice(0, Math.max(text.indexOf(' '), 0))
    return await client.exchange(bytes, { method, ...options })
  } finally {
    client.destroy()
  }
}

/** `GET path` on a connection of its own. */
export function get(
  target: Target,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return once(target, GET(path, { Connection: 'close', ...headers }))
}
