import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { origin } from '../harness/origin.ts'
import { connect, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

vi.setConfig({ testTimeout: 30_000 })

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly trailers: IncomingHttpHeaders
  readonly hints: IncomingHttpHeaders[]
}

function session(port: number, settings = {}): ClientHttp2Session {
  const client = connectHttp2(`http://127.0.0.1:${port}`, { settings })
  client.on('error', () => undefined)
  onCleanup(() => client.destroy())
  return client
}

async function ask(
  client: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Buffer,
): Promise<Answer> {
  const stream = client.request(headers, { endStream: body === undefined })
  const hints: IncomingHttpHeaders[] = []
  let trailers: IncomingHttpHeaders = {}
  stream.on('headers', (each) => hints.push(each))
  stream.on('trailers', (each) => {
    trailers = each
  })
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  const answered = once(stream, 'response')
  const ended = once(stream, 'end')
  if (body) stream.end(body)
  const [head] = (await answered) as [IncomingHttpHeaders]
  await ended
  return { headers: head, body: Buffer.concat(chunks), trailers, hints }
}

async function serving(locations: string, lines = ''): Promise<Gateway> {
  const gateway = await startGateway({
    yaml: `
http:
  log_format: "t '$request|$status|$bytes_sent|$body_bytes_sent|$request_length|$connection_requests|$server_protocol|$http2|$host|$http_cookie'"
  server:
    - listen: 127.0.0.1:%%PORT%%
      http2: on
      access_log: access.log t
      ${lines}
      location:
${locations.replace(/^/gm, '        ')}
        = /status: { access_log: off, stub_status: on }
`,
    expected: ['upstream', 'client'],
  })
  const { dir } = gateway
  writeFileSync(join(dir, 'big'), randomBytes(1_000_000))
  return gateway
}

test('requests are answered side by side, beside HTTP/1 on the same port', async () => {
  const gateway = await serving("/: { return: '200 $request_method:$uri:$args:$host:$http_x_a' }")
  const client = session(gateway.port())
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, i) => ask(client, { ':path': `/a/${i}?b=${i}`, 'x-a': 'ä' })),
  )
  answers.forEach(({ body, headers }, i) => {
    expect(headers[':status']).toBe(200)
    expect(headers.server).toMatch(/^gateway/)
    expect(headers.date).toMatch(/GMT$/)
    expect(headers['content-length']).toBe(String(body.length))
    expect(body.toString('latin1')).toBe(`GET:/a/${i}:b=${i}:127.0.0.1:ä`)
  })
  expect((await get(gateway.port(), '/x')).body.toString()).toBe('GET:/x::localhost:')
})

test('what is logged is what an HTTP/2 request was', async () => {
  const gateway = await serving('/: { return: 200 hello }')
  const client = session(gateway.port())
  await ask(client, { ':path': '/one' })
  await ask(client, { ':path': '/two', ':method': 'HEAD', cookie: ['a=1', 'b=2'] })
  await until('two lines', () => gateway.workspace.read('access.log').split('\n').length > 2)
  const lines = gateway.workspace.read('access.log').trim().split('\n')
  const facts = lines.map((line) => line.split('|'))
  expect(
    facts.map(([request, status, , body, , ...rest]) => [request, status, body, ...rest]),
  ).toEqual([
    ['GET /one HTTP/2.0', '200', '5', '1', 'HTTP/2.0', 'h2c', '127.0.0.1', '-'],
    ['HEAD /two HTTP/2.0', '200', '0', '2', 'HTTP/2.0', 'h2c', '127.0.0.1', 'a=1; b=2'],
  ])
  // Frames are counted as they were sent: those of the second head repeat the first.
  const [first, second] = facts.map(([, , sent]) => Number(sent))
  expect(first).toBeGreaterThan(second as number)
  expect(facts.every(([, , , , received]) => Number(received) > 20)).toBe(true)
})

test('a large body comes whole, however little the client takes at a time', async () => {
  const gateway = await serving('/: { root: . }')
  const client = session(gateway.port(), { initialWindowSize: 1000, maxFrameSize: 16_384 })
  const wanted = readFileSync(join(gateway.dir, 'big'))
  const answers = await Promise.all([1, 2, 3].map(() => ask(client, { ':path': '/big' })))
  for (const { body } of answers) expect(body.equals(wanted)).toBe(true)
  const part = await ask(client, { ':path': '/big', range: 'bytes=10-19' })
  expect([part.headers[':status'], part.body.equals(wanted.subarray(10, 20))]).toEqual([206, true])
})

test('bodies go to an upstream and come back', async () => {
  const backend = await httpOrigin(({ body }) => ({ body }))
  const gateway = await serving(
    `/: { proxy_pass: "http://${backend.address}", client_max_body_size: 0 }`,
  )
  const client = session(gateway.port())
  const sizes = [0, 1, 1000, 65_535, 65_536, 300_000, 2_000_000]
  const answers = await Promise.all(
    sizes.map((size) => {
      const body = Buffer.alloc(size, size % 251)
      return ask(client, { ':method': 'POST', ':path': `/${size}` }, body).then((answer) => {
        return answer.body.equals(body)
      })
    }),
  )
  expect(answers).toEqual(sizes.map(() => true))
})

test('hints and trailers of an upstream are passed on', async () => {
  const backend = await origin(async (peer) => {
    await peer.requestHead()
    await peer.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n')
    await peer.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n',
    )
  })
  const gateway = await serving(
    `/: { proxy_pass: "http://${backend.address}", early_hints: 1, proxy_pass_trailers: on }`,
  )
  const answer = await ask(session(gateway.port()), { ':path': '/' })
  expect(answer.hints.map((each) => [each[':status'], each.link])).toEqual([
    [103, '</a.css>; rel=preload'],
  ])
  expect(answer.body.toString()).toBe('abc')
  expect(answer.trailers['x-sum']).toBe('7')
})

test('a client that waits for a word before its body gets one', async () => {
  const backend = await httpOrigin(({ body }) => ({ body }))
  const gateway = await serving(`/: { proxy_pass: "http://${backend.address}" }`)
  const stream = session(gateway.port()).request(
    { ':method': 'POST', expect: '100-continue', 'content-length': 3 },
    { endStream: false },
  )
  await once(stream, 'continue')
  stream.end('abc')
  const [chunk] = await once(stream, 'data')
  expect(String(chunk)).toBe('abc')
})

test('a response that is cut off is seen to be', async () => {
  const backend = await origin(async (peer) => {
    await peer.requestHead()
    await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    peer.destroy()
  })
  const gateway = await serving(`/: { proxy_pass: "http://${backend.address}" }`)
  const stream = session(gateway.port()).request({ ':path': '/' })
  stream.resume()
  await expect(once(stream, 'end')).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' })
  expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
})

test('who breaks a request off frees what it held', async () => {
  const heads: string[] = []
  const backend = await origin(async (peer) => {
    await peer.requestHead()
    heads.push('asked')
    await peer.incoming.more()
    heads.push('gone')
  })
  const gateway = await serving(`/: { proxy_pass: "http://${backend.address}" }`)
  const client = session(gateway.port())
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => undefined)
  await until('the peer is asked', () => heads.length === 1)
  stream.close(constants.NGHTTP2_CANCEL)
  await until('the peer is left', () => heads.length === 2)
  await until('a line', () => gateway.workspace.read('access.log').includes('|499|'))
  expect((await ask(client, { ':path': '/status' })).headers[':status']).toBe(200)
})

test('a reload lets every stream end, and then the connection', async () => {
  let letGo: (() => void) | undefined
  const backend = await origin(async (peer) => {
    await peer.requestHead()
    await new Promise<void>((resolve) => {
      letGo = resolve
    })
    await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc')
  })
  const gateway = await serving(`/: { proxy_pass: "http://${backend.address}" }`)
  const client = session(gateway.port())
  const away = once(client, 'goaway')
  const closed = once(client, 'close')
  const held = ask(client, { ':path': '/held' })
  await until('the peer is asked', () => letGo !== undefined)
  await gateway.reload('started')
  await away
  letGo?.()
  expect((await held).body.toString()).toBe('abc')
  await closed
})

test('a web socket is spoken over one stream of many', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onCleanup(() => server.close())
  server.on('connection', (socket) => socket.on('message', (text) => socket.send(`<${text}>`)))
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const gateway = await serving(
    `/: { proxy_pass: "http://127.0.0.1:${port}", proxy_set_header: [Upgrade $http_upgrade, Connection upgrade] }\n/plain: { return: 200 plain }`,
  )
  const client = session(gateway.port())
  const [settings] = await once(client, 'remoteSettings')
  expect(settings.enableConnectProtocol).toBe(true)
  const stream = client.request(
    { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', 'sec-websocket-version': '13' },
    { endStream: false },
  )
  const [head] = await once(stream, 'response')
  expect(head[':status']).toBe(200)
  expect((await ask(client, { ':path': '/plain' })).body.toString()).toBe('plain')
  // A masked text frame of five letters, with a mask of zeros.
  stream.write(Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello')]))
  const [frame] = await once(stream, 'data')
  expect(frame.subarray(2).toString()).toBe('<hello>')
  stream.end()
  stream.resume()
  await once(stream, 'close')
})

test('a connection that is idle, or used up, is left with a word', async () => {
  const gateway = await serving('/: { return: 200 hello }', 'keepalive_requests: 2')
  const client = session(gateway.port())
  const away = once(client, 'goaway')
  await ask(client, { ':path': '/' })
  await ask(client, { ':path': '/' })
  expect((await away)[0]).toBe(constants.NGHTTP2_NO_ERROR)
  await once(client, 'close')
})

test('what is no HTTP/2 is HTTP/1, and garbage behind a preface ends the connection', async () => {
  const gateway = await serving('/: { return: 200 hello }')
  const plain = await connect(gateway.port())
  expect((await plain.exchange('PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
  const client = await connect(gateway.port())
  await client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const said = await client.incoming.rest()
  // The last frame is a GOAWAY.
  expect(said.subarray(-17, -13)).toEqual(Buffer.from([0, 0, 8, 7]))
})
