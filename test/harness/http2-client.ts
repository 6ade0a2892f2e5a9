import { Buffer } from 'node:buffer'
import type tls from 'node:tls'
import { HpackDecoder } from '../../src/wire/http2/hpack/decoder.ts'
import { FieldBlock } from '../../src/wire/http2/hpack/field-block.ts'
import { CODE, FLAG, FRAME_HEAD, frame, PREFACE, SETTING, settings, TYPE } from './http2-frames.ts'
import { connect, type RawClient } from './raw-client.ts'
import { connectTls } from './tls-client.ts'

/** A frame that has come. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** An answer, put together from the frames of its stream. */
export interface Http2Answer {
  readonly status: number
  /** Without `:status`. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

/** A client of HTTP/2 that sends exactly the frames it is told, right or wrong. */
export class Http2Client {
  readonly wire: RawClient
  /** What the server has announced, by its number. */
  readonly announced = new Map<number, number>()
  readonly #decoder = new HpackDecoder({ tableSize: 4096, mostBytes: 2 ** 20, mostFields: 1000 })
  readonly #decoded = new FieldBlock()
  /** Frames that have come while another one was waited for. */
  readonly #held: Frame[] = []

  constructor(wire: RawClient) {
    this.wire = wire
  }

  /** Says hello and waits until both sides have agreed to the other's settings. */
  async greet(own: readonly (readonly [id: number, value: number])[] = []): Promise<void> {
    await this.send(Buffer.from(PREFACE), settings(...own))
    let agreed = 0
    while (agreed < 2) {
      const came = await this.#read()
      if (came === undefined) throw new Error('the server left before it had greeted')
      if (came.type !== TYPE.settings) this.#held.push(came)
      else {
        agreed++
        if (came.flags === FLAG.ack) continue
        this.#note(came.payload)
        await this.send(frame(TYPE.settings, FLAG.ack, 0))
      }
    }
  }

  async send(...frames: readonly Uint8Array[]): Promise<void> {
    await this.wire.send(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames))
  }

  /** The next frame, or undefined when the server has left. Rejects when nothing comes. */
  async next(): Promise<Frame | undefined> {
    return this.#held.shift() ?? (await this.#read())
  }

  /** The next frame that is wanted; others are passed over. */
  async find(wanted: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const came = await this.next()
      if (came === undefined || wanted(came)) return came
    }
  }

  /** The answer on a stream. Frames of others are kept; the windows are not opened. */
  async answer(stream: number): Promise<Http2Answer> {
    const blocks: Buffer[] = []
    const lists: [string, string][][] = []
    const body: Buffer[] = []
    for (;;) {
      const came = await this.find((each) => each.stream === stream || each.type === TYPE.goAway)
      if (came === undefined) throw new Error(`the server left before it had answered ${stream}`)
      if (came.type === TYPE.goAway || came.type === TYPE.reset) {
        throw new Error(`instead of an answer there came ${describe(came)}`)
      }
      if (came.type === TYPE.data) body.push(came.payload)
      if (came.type === TYPE.headers || came.type === TYPE.continuation) {
        blocks.push(came.payload)
        if ((came.flags & FLAG.endHeaders) !== 0) {
          lists.push(this.fields(Buffer.concat(blocks.splice(0))))
        }
      }
      if ((came.flags & FLAG.endStream) === 0 || came.type > TYPE.headers) continue
      const [head = [], trailers = []] = lists.filter(([first]) => !isInterim(first))
      const [[, status] = [], ...fields] = head
      return { status: Number(status), fields, body: Buffer.concat(body), trailers }
    }
  }

  /** Decodes a header block. They build on each other: each must be given, in order. */
  fields(block: Buffer): [string, string][] {
    this.#decoder.decode(block, 0, block.length, this.#decoded)
    const { list, length } = this.#decoded
    return Array.from({ length: length / 2 }, (_, i) => list.slice(i * 2, i * 2 + 2)) as [
      string,
      string,
    ][]
  }

  #note(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      this.announced.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    }
  }

  async #read(): Promise<Frame | undefined> {
    const { incoming } = this.wire
    while (incoming.size < FRAME_HEAD) if (!(await incoming.more())) return undefined
    const length = incoming.peek().readUIntBE(0, 3)
    while (incoming.size < FRAME_HEAD + length) if (!(await incoming.more())) return undefined
    const head = await incoming.take(FRAME_HEAD)
    const payload = Buffer.from(await incoming.take(length))
    const stream = head.readUInt32BE(5) & 0x7fff_ffff
    return { type: head.readUInt8(3), flags: head.readUInt8(4), stream, payload }
  }
}

function isInterim(first: readonly string[] | undefined): boolean {
  return first?.[0] === ':status' && /^1\d\d$/.test(first[1] ?? '')
}

/** A frame in words, for what a test complains of. */
export function describe({ type, flags, stream, payload }: Frame): string {
  const name = Object.entries(TYPE).find(([, number]) => number === type)?.[0] ?? `type ${type}`
  const code = codeOf({ type, payload })
  const why = Object.entries(CODE).find(([, number]) => number === code)?.[0] ?? code
  return `${name} of stream ${stream}, flags ${flags}, ${payload.length} bytes${code === undefined ? '' : `, code ${why}`}`
}

/** The error code of a RST_STREAM or GOAWAY; of other frames none. */
export function codeOf({ type, payload }: Pick<Frame, 'type' | 'payload'>): number | undefined {
  if (type === TYPE.reset && payload.length === 4) return payload.readUInt32BE(0)
  return type === TYPE.goAway && payload.length >= 8 ? payload.readUInt32BE(4) : undefined
}

/** How a client of HTTP/2 connects. */
export interface Http2Options {
  /** Its own settings. */
  readonly settings?: readonly (readonly [id: number, value: number])[]
  /** Milliseconds to wait for the next byte before the test fails. */
  readonly patience?: number
}

/** By prior knowledge, over TCP. Closed when the test is over. */
export async function connectHttp2(port: number, options: Http2Options = {}): Promise<Http2Client> {
  const { patience } = options
  const client = new Http2Client(await connect(port, patience === undefined ? {} : { patience }))
  await client.greet(options.settings)
  return client
}

/** Over TLS, where ALPN has chosen `h2`. Closed when the test is over. */
export async function connectHttp2Tls(
  port: number,
  options: Http2Options & { readonly tls?: tls.ConnectionOptions } = {},
): Promise<Http2Client> {
  const { client: wire, socket } = await connectTls(port, {
    ALPNProtocols: ['h2', 'http/1.1'],
    ...options.tls,
  })
  if (socket.alpnProtocol !== 'h2') throw new Error(`ALPN chose ${socket.alpnProtocol}`)
  const client = new Http2Client(wire)
  await client.greet(options.settings)
  return client
}

/** The window a server opens for each stream, in bytes. */
export function windowOf(client: Http2Client): number {
  return client.announced.get(SETTING.window) ?? 65_535
}
