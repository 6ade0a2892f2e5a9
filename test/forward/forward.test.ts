import { Buffer } from 'node:buffer'
import { existsSync, readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { clientClosed } from '../../src/base/errors.ts'
import { RequestBody } from '../../src/kernel/exchange/request-body.ts'
import { TempFolder } from '../../src/storage/temp/temp-folder.ts'
import {
  always,
  bothFramings,
  earlyAnswer,
  garbage,
  halfClose,
  hang,
  hangAfterHead,
  resetAfterHead,
  truncate,
  truncateChunk,
  unasked,
} from '../harness/faults.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { type OriginScript, origin } from '../harness/origin.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'
import { type Asked, bodyOf, endOf, OPTIONS, type Outcome, Worker } from './driver.ts'

async function against(script: OriginScript, asked: Asked = {}): Promise<Outcome> {
  const worker = new Worker()
  const upstream = await worker.implicit((await origin(script)).address)
  const outcome = await worker.ask(upstream, asked)
  expect(upstream.list.map((peer) => peer.active)).toEqual([0])
  expect(worker.slots.used).toBe(upstream.pool.idle)
  return outcome
}

test('asks over one connection as long as it is kept', async () => {
  const worker = new Worker()
  const backend = await origin(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await peer.answer(`${peer.number} ${request.method} ${request.target}`)
    }
  })
  const upstream = await worker.implicit(backend.address)
  for (const target of ['/a', '/b', '/c']) {
    const got = await worker.ask(upstream, { target })
    expect([got.status, got.body]).toEqual([200, `1 GET ${target}`])
  }
  expect(backend.accepted).toBe(1)
  expect(upstream.pool.idle).toBe(1)
})

test('answers 502 when a peer refuses the connection', async () => {
  const worker = new Worker()
  const backend = await origin(() => undefined)
  await backend.close()
  const upstream = await worker.implicit(backend.address)
  const got = await worker.ask(upstream)
  expect(got.status).toBe(502)
  expect(got.log).toEqual([
    '[error] connect() failed (111: Connection refused) while connecting to upstream',
  ])
  expect(got.x.attempts?.[0]?.url).toBe(`http://${backend.address}/`)
})

// Framing of answers.

const TRAILERS =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: u\r\n\r\n'

const HELLO: readonly (readonly [what: string, wire: string, body: string])[] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  ['no body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ''],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n',
    'hello',
  ],
  [
    'interim answers first',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'hello',
  ],
  ['chunks and trailers', TRAILERS, 'hello'],
]

test.each(HELLO)('reads an answer with %s, in one piece or byte by byte', async (_, wire, body) => {
  const worker = new Worker()
  const backend = await origin(async (peer) => {
    while (await peer.request()) {
      if (peer.number === 1) await peer.send(wire)
      else for (const byte of wire) await peer.send(byte)
    }
  })
  const upstream = await worker.implicit(backend.address)
  for (let i = 0; i < 3; i++) {
    expect(await worker.ask(upstream)).toMatchObject({ status: 200, body, error: undefined })
  }
  expect(backend.accepted).toBe(1)
  upstream.pool.closeAll()
  const got = await worker.ask(upstream)
  expect(got).toMatchObject({ status: 200, body, error: undefined })
})

test('reads a body that ends with the connection', async () => {
  const got = await against(async (peer) => {
    await peer.request()
    await peer.send('HTTP/1.0 200 OK\r\n\r\nhel')
    await peer.send('lo')
  })
  expect([got.status, got.body, got.error]).toEqual([200, 'hello', undefined])
})

test('waits for no body where there is none', async () => {
  const heads = [
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ] as const
  for (const [method, wire] of heads) {
    const worker = new Worker()
    const backend = await origin(always(wire))
    const upstream = await worker.implicit(backend.address)
    for (let i = 0; i < 2; i++) expect((await worker.ask(upstream, { method })).body).toBe('')
    expect(backend.accepted).toBe(1)
  }
})

test('a trailer can be asked for', async () => {
  const got = await against(always(TRAILERS))
  expect(got.x.attempts?.[0]?.answer?.trailers?.get('x-t')).toBe('u')
})

// Broken answers.

test('a body that should end with the connection is not complete when that is reset', async () => {
  const got = await against(async (peer) => {
    await peer.request()
    await peer.send('HTTP/1.1 200 OK\r\n\r\nhello')
    peer.reset()
  })
  expect(got.error?.code).toBe('UPSTREAM_BROKE')
})

test.each([
  ['that is cut short', truncate, 'upstream prematurely closed connection while reading upstream'],
  [
    'that is cut in a chunk',
    truncateChunk,
    'upstream prematurely closed connection while reading upstream',
  ],
  [
    'that is reset',
    resetAfterHead,
    'recv() failed (104: Connection reset by peer) while reading upstream',
  ],
  [
    'that stops',
    hangAfterHead,
    'upstream timed out (110: Connection timed out) while reading upstream',
  ],
  [
    'with broken chunks',
    always('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n'),
    'upstream sent an invalid byte after chunk data in its chunked body while reading upstream',
  ],
] as const)('a body %s is never passed as complete', async (_, script, message) => {
  const got = await against(script, { options: { readTimeout: 100 } })
  expect(got.status).toBe(200)
  expect(got.error?.message).toBe(message)
})

test.each([
  ['garbage', garbage],
  ['both framings', bothFramings],
  ['101', always('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n')],
  ['a head that never ends', always(`HTTP/1.1 200 OK\r\n${'X-A: bcdef\r\n'.repeat(400)}`)],
  ['endless interim answers', always('HTTP/1.1 100 Continue\r\n\r\n'.repeat(20))],
])('answers 502 to %s', async (_, script) => {
  const got = await against(script)
  expect(got.status).toBe(502)
  expect(got.log).toHaveLength(1)
  expect(got.log[0]).toMatch(
    /^\[error\] upstream sent .* while reading response header from upstream$/,
  )
})

test('the limit of a head has its name in the log', async () => {
  const wire = `HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(3000)}\r\nContent-Length: 0\r\n\r\n`
  const got = await against(always(wire), { options: { headLimit: 1024 } })
  expect(got.log[0]).toContain('too big header (proxy_buffer_size is 1024 bytes)')
  expect((await against(always(wire))).status).toBe(200)
})

test('answers 504 to a peer that closes only its half', async () => {
  const got = await against(halfClose)
  expect(got.status).toBe(502)
  expect(got.log[0]).toContain('upstream prematurely closed connection')
})

test('what follows an answer unasked reaches no other request', async () => {
  const worker = new Worker()
  const backend = await origin(unasked)
  const upstream = await worker.implicit(backend.address)
  for (let i = 0; i < 4; i++) {
    expect((await worker.ask(upstream)).body).toBe('asked')
    await until('the connection to be dropped', () => worker.slots.used === 0)
  }
  expect(backend.accepted).toBe(4)
})

test('an answer with more than its length ends the connection', async () => {
  const worker = new Worker()
  const backend = await origin(always('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello there'))
  const upstream = await worker.implicit(backend.address)
  for (let i = 0; i < 2; i++) expect((await worker.ask(upstream)).body).toBe('hello')
  expect(backend.accepted).toBe(2)
})

// Time.

test('answers 504 when a peer does not answer in time', async () => {
  const got = await against(hang, { options: { readTimeout: 60 } })
  expect(got.status).toBe(504)
  expect(got.log).toEqual([
    '[error] upstream timed out (110: Connection timed out) while reading response header from upstream',
  ])
})

test('answers 504 when a connection takes too long', async () => {
  const worker = new Worker()
  // An address of the documentation range: nobody answers there, or there is no way to it.
  const upstream = await worker.implicit('192.0.2.1:81')
  const got = await worker.ask(upstream, { options: { connectTimeout: 60 } })
  expect([502, 504]).toContain(got.status)
  expect(got.log[0]).toMatch(/while connecting to upstream$/)
})

// The client leaves.

test('a client that leaves ends the request to the peer', async () => {
  for (const script of [hang, hangAfterHead]) {
    const worker = new Worker()
    const backend = await origin(script)
    const upstream = await worker.implicit(backend.address)
    let begun = false
    const outcome = worker.start(upstream, {
      before: (each) => {
        each.onHead = () => {
          begun = true
        }
      },
    })
    await until('the request to arrive', () => backend.open === 1 && (script === hang || begun))
    outcome.x.onAbort?.(new Error() as never)
    await until('the connection to be closed', () => backend.open === 0)
    expect(worker.slots.used).toBe(0)
    expect(upstream.list[0]?.active).toBe(0)
    expect(upstream.list[0]?.fails).toBe(0)
  }
})

test('proxy_ignore_client_abort goes on', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const outcome = worker.start(upstream, { options: { ignoreClientAbort: true } })
  expect(outcome.x.onAbort).toBeUndefined()
  expect((await outcome.over).body).toBe('/')
})

// Plugins that throw.

test('whatever a plugin throws ends its request alone', async () => {
  const worker = new Worker()
  const backend = await httpOrigin(() => ({ body: 'hello' }))
  const upstream = await worker.implicit(backend.address)
  const fail = (): never => {
    throw new Error('oops')
  }
  const request = { ...OPTIONS.request, head: fail }
  expect((await worker.ask(upstream, { options: { request } })).status).toBe(500)
  expect((await worker.ask(upstream, { options: { edit: fail } })).status).toBe(500)
  const inData = await worker.ask(upstream, {
    before: (each) => {
      each.onData = fail
    },
  })
  expect(inData.error?.message).toContain('oops')
  const inEnd = await worker.ask(upstream, {
    before: (each) => {
      each.end = fail
    },
  })
  expect(inEnd.error?.message).toContain('oops')
  expect((await worker.ask(upstream)).body).toBe('hello')
  expect(worker.slots.used).toBe(upstream.pool.idle)
})

// Request bodies.

/** A body a test sends piece by piece. */
class Upload {
  readonly body: RequestBody
  paused = false

  constructor(length: number | undefined) {
    this.body = new RequestBody(
      {
        resumeBody: () => {
          this.paused = false
        },
        pauseBody: () => {
          this.paused = true
        },
      },
      length,
    )
  }

  send(text: string): void {
    this.body.feed(Buffer.from(text, 'latin1'), 0, text.length)
  }
}

test('sends a body with its length', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  await worker.ask(upstream, { method: 'POST', body: bodyOf('hello') })
  expect(backend.requests[0]?.headers.get('content-length')).toBe('5')
  expect(backend.requests[0]?.body.toString()).toBe('hello')
})

test('says so when a POST has no body', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  await worker.ask(upstream, { method: 'POST', headers: { 'Content-Length': '0' } })
  expect(backend.requests[0]?.headers.get('content-length')).toBe('0')
})

test('collects a small chunked body and sends it with its length', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const upload = new Upload(undefined)
  const outcome = worker.start(upstream, { method: 'POST', body: upload.body })
  upload.send('3\r\nabc\r\n')
  expect(backend.accepted).toBe(0)
  upload.send('2\r\nde\r\n0\r\n\r\n')
  expect((await outcome.over).status).toBe(200)
  expect(backend.requests[0]?.headers.get('content-length')).toBe('5')
  expect(backend.requests[0]?.body.toString()).toBe('abcde')
})

test('what does not fit into client_body_buffer_size is read whole all the same', async () => {
  for (const length of [40, undefined]) {
    const worker = new Worker()
    const backend = await httpOrigin()
    const upstream = await worker.implicit(backend.address)
    const upload = new Upload(length)
    const settings = { client_body_buffer_size: 16 }
    const outcome = worker.start(upstream, { method: 'POST', body: upload.body, settings })
    for (const letter of 'abcd') {
      expect(backend.accepted).toBe(0)
      upload.send(length === undefined ? `a\r\n${letter.repeat(10)}\r\n` : letter.repeat(10))
      await until('the piece to be written', () => !upload.paused)
    }
    if (length === undefined) upload.send('0\r\n\r\n')
    expect((await outcome.over).status).toBe(200)
    const [request] = backend.requests
    expect(request?.body.toString()).toBe(
      `${'a'.repeat(10)}${'b'.repeat(10)}${'c'.repeat(10)}${'d'.repeat(10)}`,
    )
    expect(request?.headers.get('content-length')).toBe('40')
    expect(upstream.pool.idle).toBe(1)
    const { file = '', whole } = outcome.x.body
    expect([whole, existsSync(file)]).toEqual([undefined, false])
    expect(outcome.log).toEqual([
      `[warn] a client request body is buffered to a temporary file ${file}`,
    ])
    endOf(outcome)
  }
})

test('a body in a file goes to the next peer as well', async () => {
  const worker = new Worker()
  const bad = await origin(async (peer) => {
    await peer.requestHead()
    peer.reset()
  })
  const good = await httpOrigin()
  const upstream = await worker.upstream([bad.address, good.address])
  const text = 'x'.repeat(3_000_000)
  const outcome = worker.start(upstream, { method: 'PUT', body: bodyOf(text) })
  expect((await outcome.over).status).toBe(200)
  expect(outcome.x.body.file).toBeDefined()
  expect(good.requests[0]?.body.toString() === text).toBe(true)
  endOf(outcome)
})

test('a file that cannot be made is an error of that request', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const body = bodyOf('x'.repeat(20))
  const outcome = await worker.ask(upstream, {
    method: 'POST',
    body,
    settings: { client_body_buffer_size: 16 },
    options: { bodyFolder: new TempFolder('/nowhere/at/all', [1, 2]) },
  })
  expect(outcome.status).toBe(500)
  expect(outcome.log).toEqual([
    expect.stringMatching(
      /^\[crit\] open\(\) "\/nowhere\/at\/all\/.*" failed \(2: No such file or directory\)$/,
    ),
  ])
  expect(backend.accepted).toBe(0)
})

test.each([
  ['clean', false],
  ['on', true],
] as const)('with client_body_in_file_only %s every body has a file', async (how, stays) => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const outcome = worker.start(upstream, {
    method: 'POST',
    body: bodyOf('small'),
    settings: { client_body_in_file_only: how },
  })
  expect((await outcome.over).status).toBe(200)
  const { file = '', whole } = outcome.x.body
  expect([whole, readFileSync(file, 'utf8')]).toEqual([undefined, 'small'])
  expect(backend.requests[0]?.body.toString()).toBe('small')
  endOf(outcome)
  if (stays) unlinkSync(file)
  else await until('the file to be removed', () => !existsSync(file))
})

test('a body that is broken off takes its file with it', async () => {
  const workspace = new Workspace('body')
  onTestFinished(() => workspace.remove())
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const upload = new Upload(100)
  const outcome = worker.start(upstream, {
    method: 'POST',
    body: upload.body,
    settings: { client_body_buffer_size: 16, client_body_in_file_only: 'clean' },
    options: { bodyFolder: new TempFolder(workspace.dir, []) },
  })
  upload.send('x'.repeat(20))
  await until('the piece to be written', () => !upload.paused)
  expect(readdirSync(workspace.dir)).toHaveLength(1)
  upload.body.fail(clientClosed('sending its request body'))
  await until('the request to be given up', () => outcome.log.length === 2)
  expect(outcome.log[1]).toBe('[info] client closed connection while sending its request body')
  endOf(outcome)
  await until('the file to be gone', () => readdirSync(workspace.dir).length === 0)
  expect(backend.accepted).toBe(0)
})

test('a file goes on being sent for proxy_ignore_client_abort', async () => {
  const workspace = new Workspace('body')
  onTestFinished(() => workspace.remove())
  const worker = new Worker()
  const text = 'x'.repeat(8_000_000)
  let read!: () => void
  const wanted = new Promise<void>((resolve) => {
    read = resolve
  })
  let received = 0
  const backend = await origin(async (peer) => {
    peer.socket.pause()
    await wanted
    peer.socket.resume()
    received = (await peer.request())?.body.length ?? 0
    await peer.answer('done')
  })
  const upstream = await worker.implicit(backend.address)
  const outcome = worker.start(upstream, {
    method: 'POST',
    body: bodyOf(text),
    settings: { client_body_in_file_only: 'clean' },
    options: { bodyFolder: new TempFolder(workspace.dir, []), ignoreClientAbort: true },
  })
  await until('the peer to be asked', () => backend.accepted === 1)
  endOf(outcome)
  expect(readdirSync(workspace.dir)).toHaveLength(1)
  read()
  expect((await outcome.over).body).toBe('done')
  expect(received).toBe(text.length)
  await until('the file to be gone', () => readdirSync(workspace.dir).length === 0)
})

test('streams a body as it comes, with its length or in chunks', async () => {
  for (const length of [40, undefined]) {
    const worker = new Worker()
    const backend = await httpOrigin()
    const upstream = await worker.implicit(backend.address)
    const upload = new Upload(length)
    const options = { requestBuffering: false }
    const outcome = worker.start(upstream, { method: 'POST', body: upload.body, options })
    await until('the request to begin', () => backend.accepted === 1)
    for (const letter of 'abcd') {
      upload.send(length === undefined ? `a\r\n${letter.repeat(10)}\r\n` : letter.repeat(10))
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (length === undefined) upload.send('0\r\n\r\n')
    expect((await outcome.over).status).toBe(200)
    const [request] = backend.requests
    expect(request?.body.toString()).toBe(
      `${'a'.repeat(10)}${'b'.repeat(10)}${'c'.repeat(10)}${'d'.repeat(10)}`,
    )
    expect(request?.headers.get('content-length')).toBe(length === undefined ? undefined : '40')
    expect(upstream.pool.idle).toBe(1)
  }
})

test('a streamed body is not sent to a second peer', async () => {
  const worker = new Worker()
  const bad = await origin(async (peer) => {
    await peer.requestHead()
    peer.reset()
  })
  const good = await httpOrigin()
  const upstream = await worker.upstream([bad.address, good.address])
  const upload = new Upload(100)
  const outcome = worker.start(upstream, {
    method: 'PUT',
    body: upload.body,
    options: { requestBuffering: false },
  })
  upload.send('x'.repeat(20))
  expect((await outcome.over).status).toBe(502)
  expect(good.requests).toHaveLength(0)
})

test('what is there of a streamed body goes with the head', async () => {
  for (const [length, pieces] of [
    [10, ['01234', '56789']],
    [undefined, ['5\r\n01234\r\n', '5\r\n56789\r\n0\r\n\r\n']],
  ] as const) {
    const worker = new Worker()
    const firsts: string[] = []
    const backend = await origin(async (peer) => {
      peer.socket.once('data', (bytes) => firsts.push(bytes.toString('latin1')))
      await peer.request()
      await peer.answer('')
    })
    const upstream = await worker.implicit(backend.address)
    const upload = new Upload(length)
    upload.send(pieces[0])
    const options = { requestBuffering: false }
    const outcome = worker.start(upstream, { method: 'POST', body: upload.body, options })
    await until('the beginning', () => firsts.length === 1)
    expect(firsts[0]?.slice(firsts[0].indexOf('\r\n\r\n') + 4)).toBe(pieces[0])
    upload.send(pieces[1])
    expect((await outcome.over).status).toBe(200)
  }
})

test('a body that came with its head is not streamed: it is known, and sent again', async () => {
  for (const [length, sent] of [
    [20, 'x'.repeat(20)],
    [undefined, `14\r\n${'x'.repeat(20)}\r\n0\r\n\r\n`],
  ] as const) {
    const worker = new Worker()
    const bad = await origin(async (peer) => {
      await peer.requestHead()
      peer.reset()
    })
    const good = await httpOrigin()
    const upstream = await worker.upstream([bad.address, good.address])
    const upload = new Upload(length)
    upload.send(sent)
    const outcome = worker.start(upstream, {
      method: 'PUT',
      body: upload.body,
      options: { requestBuffering: false },
      // Beyond it a body that is buffered goes to a file; this one is in memory already.
      settings: { client_body_buffer_size: 16, client_body_in_file_only: 'on' },
    })
    expect((await outcome.over).status).toBe(200)
    expect(outcome.x.body.whole?.toString()).toBe('x'.repeat(20))
    expect(outcome.x.body.file).toBeUndefined()
    expect(good.requests[0]?.body.toString()).toBe('x'.repeat(20))
    expect(good.requests[0]?.headers.get('content-length')).toBe('20')
  }
})

test('an early answer is passed, and the connection is not used again', async () => {
  const worker = new Worker()
  const backend = await origin(earlyAnswer)
  const upstream = await worker.implicit(backend.address)
  const upload = new Upload(1_000_000)
  const options = { requestBuffering: false }
  const outcome = worker.start(upstream, { method: 'POST', body: upload.body, options })
  upload.send('x'.repeat(1000))
  expect((await outcome.over).body).toBe('early')
  expect(worker.slots.used).toBe(0)
  // The rest of the body is taken and dropped.
  expect(upload.paused).toBe(false)
})

test('a peer that reads slowly slows the client down', async () => {
  const worker = new Worker()
  const backend = await origin(async (peer) => {
    peer.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    peer.socket.resume()
    await peer.request()
    await peer.answer('done')
  })
  const upstream = await worker.implicit(backend.address)
  const size = 32 * 1024 * 1024
  const piece = 'x'.repeat(256 * 1024)
  const upload = new Upload(size)
  const options = { requestBuffering: false }
  const outcome = worker.start(upstream, { method: 'POST', body: upload.body, options })
  let stalls = 0
  for (let sent = 0; sent < size; sent += piece.length) {
    upload.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
    if (upload.paused) stalls++
    await until('the body to go on', () => !upload.paused)
  }
  expect((await outcome.over).body).toBe('done')
  expect(stalls).toBeGreaterThan(0)
})

test('a client that breaks its body off ends the request', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const upload = new Upload(undefined)
  const outcome = worker.start(upstream, { method: 'POST', body: upload.body })
  upload.send('x\r\n')
  expect((await outcome.over).status).toBe(400)
  expect(backend.accepted).toBe(0)
})

test('HTTP/1.0 peers get a length, whatever it takes', async () => {
  const worker = new Worker()
  const backend = await httpOrigin()
  const upstream = await worker.implicit(backend.address)
  const request = {
    version: 10 as const,
    head: () => 'POST / HTTP/1.0\r\nHost: x\r\n',
    target: () => '/',
  }
  const settings = { client_body_buffer_size: 4 }
  for (const size of [3, 30]) {
    const upload = new Upload(undefined)
    const outcome = worker.start(upstream, {
      method: 'POST',
      body: upload.body,
      settings,
      options: {
        requestBuffering: false,
        request: { ...request, fates: OPTIONS.request.fates },
      },
    })
    upload.send(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`)
    expect((await outcome.over).status).toBe(200)
    endOf(outcome)
  }
  expect(backend.requests.map((each) => each.headers.get('content-length'))).toEqual(['3', '30'])
})

// Slow readers.

test('without proxy_buffering a slow reader slows the peer down', async () => {
  const worker = new Worker()
  const size = 16 * 1024 * 1024
  let sent = 0
  const backend = await origin(async (peer) => {
    await peer.request()
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    for (let i = 0; i < size; i += 65_536) {
      await peer.send(Buffer.alloc(65_536, 97 + ((i / 65_536) % 26)))
      sent += 65_536
    }
    await peer.ending()
  })
  const upstream = await worker.implicit(backend.address)
  let open!: () => void
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let got = 0
  let wrong = 0
  const outcome = worker.start(upstream, {
    options: { buffering: false },
    before: (each) => {
      each.data = (chunk) => {
        for (let i = 0; i < chunk.length; i += 4096) {
          if (chunk[i] !== 97 + (Math.floor((got + i) / 65_536) % 26)) wrong++
        }
        got += chunk.length
        return got > 1_000_000 && got < 2_000_000 ? gate : undefined
      }
    },
  })
  await until('the first megabyte', () => got > 1_000_000)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const stopped = got
  expect(stopped).toBeLessThan(2_000_000)
  expect(sent).toBeLessThan(size)
  open()
  await outcome.over
  expect(got).toBe(size)
  expect(wrong).toBe(0)
})

test('a chunk given to a filter stays as it is, however long the filter keeps it', async () => {
  const worker = new Worker()
  const body = Buffer.alloc(4 * 1024 * 1024)
  for (let i = 0; i < body.length; i += 4) body.writeUInt32LE(i, i)
  const backend = await httpOrigin(() => ({ body }))
  const upstream = await worker.implicit(backend.address)
  const kept: Uint8Array[] = []
  const outcome = worker.start(upstream, {
    filter: (_, next) => ({
      head: (head) => next.head(head),
      data: (chunk) => {
        kept.push(chunk)
        return kept.length % 5 === 0 ? new Promise((resolve) => setTimeout(resolve, 1)) : undefined
      },
      end: () => next.end(),
      fail: (error) => next.fail(error),
    }),
  })
  await outcome.over
  expect(Buffer.concat(kept).equals(body)).toBe(true)
})

test('an answer that waits for its reader ends only then', async () => {
  const worker = new Worker()
  const backend = await httpOrigin(() => ({ body: 'hello' }))
  const upstream = await worker.implicit(backend.address)
  let release!: () => void
  const outcome = worker.start(upstream, {
    before: (each) => {
      each.onData = () =>
        new Promise<void>((resolve) => {
          release = resolve
        })
    },
  })
  let over = false
  void outcome.over.then(() => {
    over = true
  })
  await until('the body', () => outcome.body === 'hello')
  // The peer has nothing more to do with it: the next request may have its connection.
  expect(upstream.pool.idle).toBe(1)
  expect(over).toBe(false)
  release()
  await outcome.over
})
