import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HpackDecoder } from '../../../../src/wire/http2/hpack/decoder.ts'
import { HpackEncoder, mostHeadSize } from '../../../../src/wire/http2/hpack/encoder.ts'
import { FieldBlock } from '../../../../src/wire/http2/hpack/field-block.ts'

/** Node speaks HTTP/2 with nghttp2, whose coder knows nothing of ours. */
const PREFACE = 24
const FRAME_HEADER = 9
const DATA = 0
const HEADERS = 1
const SETTINGS = 4
const END_STREAM = 1
const END_HEADERS = 4

type Pairs = readonly (readonly [name: string, value: string])[]

/** What was decoded of the last request, and what is answered to it. */
let decoded: string[] = []
let answer: Pairs = []
let server: net.Server
let client: http2.ClientHttp2Session

/** A server of nothing but header blocks: each request gets `answer`. */
function serve(socket: net.Socket): void {
  const decoder = new HpackDecoder({ tableSize: 4096, mostBytes: 65_536, mostFields: 100 })
  const encoder = new HpackEncoder()
  const fields = new FieldBlock()
  let input = Buffer.alloc(0)
  let begun = false
  const send = (type: number, flags: number, stream: number, payload: Uint8Array) => {
    const head = Buffer.alloc(FRAME_HEADER)
    head.writeUIntBE(payload.length, 0, 3)
    head.set([type, flags], 3)
    head.writeUInt32BE(stream, 5)
    socket.write(Buffer.concat([head, payload]))
  }
  const take = (type: number, flags: number, stream: number, payload: Buffer) => {
    if (type === SETTINGS && flags === 0) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload.readUInt16BE(at) === 1) encoder.allowTable(payload.readUInt32BE(at + 2))
      }
      send(SETTINGS, 1, 0, Buffer.alloc(0))
    }
    if (type !== HEADERS) return
    // Behind the priority that older versions of Node send.
    decoder.decode(payload, (flags & 0x20) === 0 ? 0 : 5, payload.length, fields)
    decoded = fields.list.slice(0, fields.length)
    const list = answer.flat()
    const out = Buffer.alloc(mostHeadSize(list))
    const end = encoder.encode(out, 0, 200, list)
    send(HEADERS, END_STREAM | END_HEADERS, stream, out.subarray(0, end))
  }
  socket.on('data', (bytes) => {
    if (!begun) send(SETTINGS, 0, 0, Buffer.alloc(0))
    input = Buffer.concat([input, bytes])
    if (!begun && input.length >= PREFACE) {
      input = input.subarray(PREFACE)
      begun = true
    }
    while (begun && input.length >= FRAME_HEADER) {
      const end = FRAME_HEADER + input.readUIntBE(0, 3)
      if (input.length < end) return
      const [type = DATA, flags = 0] = input.subarray(3)
      take(type, flags, input.readUInt32BE(5), input.subarray(FRAME_HEADER, end))
      input = input.subarray(end)
    }
  })
  socket.on('error', () => {})
}

beforeAll(async () => {
  server = net.createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  client = http2.connect(`http://127.0.0.1:${port}`, { settings: { headerTableSize: 1000 } })
  await once(client, 'connect')
})

afterAll(() => {
  client.close()
  server.close()
})

/** Sends a request; returns what the client was answered, name, value… */
async function exchange(request: Pairs): Promise<string[]> {
  const headers: http2.OutgoingHttpHeaders = { ':path': '/a?b' }
  for (const [name, value] of request) headers[name] = value
  const stream = client.request(headers, { endStream: true })
  const raw = await new Promise<string[]>((resolve, reject) => {
    stream.on('response', (...[, , list]: unknown[]) => resolve(list as string[]))
    stream.on('error', reject)
  })
  stream.resume()
  return raw
}

// What nghttp2 would not send or take at all is left out: blanks at the ends, control characters.
const name = fc.oneof(
  fc.constantFrom('x-a', 'x-b', 'cookie', 'accept', 'server', 'via'),
  fc.stringMatching(/^[a-z]{6,9}$/),
)
const value = fc.oneof(
  fc.constantFrom('', 'a', 'text/html', 'x'.repeat(300), 'y'.repeat(700)),
  fc.stringMatching(/^([!-~]([ -~]{0,40}[!-~])?)?$/),
  fc
    .array(fc.integer({ min: 0x21, max: 0x7e }), { maxLength: 40 })
    .map((bytes) => String.fromCharCode(...bytes)),
)
const list = fc.uniqueArray(fc.tuple(name, value), { maxLength: 10, selector: ([each]) => each })

test('what nghttp2 encodes is decoded, and what is encoded nghttp2 decodes', async () => {
  await fc.assert(
    fc.asyncProperty(list, list, async (request, response) => {
      answer = response
      const raw = await exchange(request)
      const { port } = server.address() as net.AddressInfo
      expect(decoded).toEqual([
        ':path',
        '/a?b',
        ':method',
        'GET',
        ':authority',
        `127.0.0.1:${port}`,
        ':scheme',
        'http',
        ...request.flat(),
      ])
      expect(raw).toEqual([':status', '200', ...response.flat()])
    }),
    { numRuns: 300 },
  )
})
