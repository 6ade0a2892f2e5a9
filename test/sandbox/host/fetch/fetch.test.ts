import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { FetchOp } from '../../../../sandbox/border/ops.ts'
import { CERTIFICATE } from './certificate.ts'
import { client } from './client.ts'
import { type OriginOptions, origin, rawOrigin } from './origin.ts'

/** A server, and a script that may fetch from it as `api.test` and by its address. */
async function pair(listener: RequestListener, more: { limits?: object } & OriginOptions = {}) {
  const server = await origin(listener, more)
  const { port } = server
  return { server, port, url: `http://api.test:${port}`, ...allowed(port, more.limits) }
}

function allowed(port: number, limits: object = {}) {
  return client({
    egress: [`api.test:${port}`, `127.0.0.1:${port}`],
    names: { 'api.test': ['127.0.0.1'] },
    limits,
    ca: CERTIFICATE.cert,
  })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += piece
  return text
}

const echo: RequestListener = async (request, response) => {
  const { method, url, rawHeaders } = request
  response.end(JSON.stringify({ method, url, rawHeaders, body: await bodyOf(request) }))
}

describe('a request', () => {
  test('arrives as it was made, with what the gateway is the author of', async () => {
    const { fetch, url, port } = await pair(echo)
    const answer = await fetch(`${url}/a?b=1#not-sent`, {
      method: 'POST',
      headers: [
        ['X-One', '1'],
        ['x-one', 'two'],
        ['Cookie', 'a=b'],
      ],
      body: Buffer.from('hello'),
    })
    expect(answer.url).toBe(`${url}/a?b=1#not-sent`)
    expect(JSON.parse(await answer.text())).toEqual({
      method: 'POST',
      url: '/a?b=1',
      rawHeaders: [
        ...['host', `api.test:${port}`, 'connection', 'keep-alive'],
        ...['X-One', '1', 'x-one', 'two', 'Cookie', 'a=b'],
        ...['accept', '*/*', 'accept-encoding', 'gzip, deflate, br', 'content-length', '5'],
      ],
      body: 'hello',
    })
  })

  test.each([
    ['Host', 'other.test'],
    ['Connection', 'upgrade'],
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '9'],
    ['Keep-Alive', 'timeout=9'],
    ['Upgrade', 'websocket'],
    ['TE', 'trailers'],
    ['Trailer', 'x'],
    ['Expect', '100-continue'],
    ['Proxy-Authorization', 'Basic x'],
    ['Proxy-Connection', 'x-kept'],
    ['HTTP2-Settings', 'AAMAAABk'],
  ])('has no %s of the script', async (name, value) => {
    const { fetch, url } = await pair(echo)
    const answer = await fetch(url, {
      method: 'POST',
      headers: [[name, value]],
      body: Buffer.from('x'),
    })
    const seen = JSON.parse(await answer.text()) as { rawHeaders: string[] }
    expect(seen.rawHeaders).not.toContain(value)
    expect(seen.rawHeaders).not.toContain(name)
  })

  test.each([
    ['X-A', 'a\rX-B: b'],
    ['X-A', 'a\0b'],
    ['X-A', 'ü\u{1F600}'],
    ['X-A', 'a\ud800'],
    ['X A', 'b'],
    ['X-A:', 'b'],
    ['', 'b'],
    ['X-Ä', 'b'],
    ['X-A\0', 'b'],
  ])('with the header %j: %j is not sent', async (name, value) => {
    const { refusal, url, server } = await pair(echo)
    expect(await refusal(url, { headers: [[name, value]] })).toBe('fetch_bad_request')
    expect(server.connections()).toBe(0)
  })

  test.each(['CONNECT', 'TRACE', 'track', 'GET /x HTTP/1.1', 'G\rET', '', 'G\0', 'GET\t', 'É'])(
    'with the method %j is not sent',
    async (method) => {
      const { refusal, url, server } = await pair(echo)
      expect(await refusal(url, { method })).toBe('fetch_bad_request')
      expect(server.connections()).toBe(0)
    },
  )

  test('has a path that cannot leave its line', async () => {
    const { fetch, port } = await pair(echo)
    const answer = await fetch(`http://api.test:${port}/a\r\t HTTP/1.1\rX: y \0`)
    expect(JSON.parse(await answer.text()).url).toBe('/a%20HTTP/1.1X:%20y')
  })

  test.each(['GET', 'HEAD'])('with %s has no body', async (method) => {
    const { refusal, url } = await pair(echo)
    expect(await refusal(url, { method, body: Buffer.from('x') })).toBe('fetch_bad_request')
  })

  test.each([
    ['fields', Array.from({ length: 101 }, (_, i) => [`x-${i}`, ''] as const)],
    ['bytes', [['x', 'y'.repeat(33_000)] as const]],
  ])('with too many header %s is not sent', async (_, headers) => {
    const { refusal, url } = await pair(echo)
    expect(await refusal(url, { headers })).toBe('fetch_headers_limit')
  })

  test('with a body over the limit is not sent', async () => {
    const { refusal, url } = await pair(echo, { limits: { requestBody: 10 } })
    const sent = { method: 'POST', body: Buffer.alloc(11) }
    expect(await refusal(url, sent)).toBe('fetch_body_limit')
  })
})

describe('a streamed request body', () => {
  test('is sent while it is written, no further ahead than the connection takes it', async () => {
    const { open, answer, ops, url } = await pair(echo)
    const id = open(url, { method: 'POST', body: 'stream' })
    const got = answer(id)
    for (const text of ['one ', '', 'two ', 'three']) {
      await ops(FetchOp.write, id, Buffer.from(text), undefined)
    }
    await ops(FetchOp.write, id, undefined, undefined)
    expect(JSON.parse(await (await got).text()).body).toBe('one two three')
  })

  test('waits for a server that does not read', async () => {
    let read = () => {}
    const { open, answer, ops, url } = await pair(async (request, response) => {
      await new Promise<void>((go) => (read = go))
      const hash = createHash('sha1')
      for await (const piece of request) hash.update(piece as Buffer)
      response.end(hash.digest('hex'))
    })
    const id = open(url, { method: 'POST', body: 'stream' })
    const got = answer(id)
    const piece = Buffer.alloc(64 * 1024, 'x')
    const expected = createHash('sha1')
    let written = 0
    const writing = (async () => {
      for (; written < 400; written++) {
        await ops(FetchOp.write, id, piece, undefined)
        expected.update(piece)
      }
      await ops(FetchOp.write, id, undefined, undefined)
    })()
    // The kernel's buffers take some of the 25 MB; then writing stands still for as long as we look.
    for (let still = 0, before = 0; still < 100; before = written) {
      await new Promise((turn) => setImmediate(turn))
      still = written > 0 && written === before ? still + 1 : 0
    }
    expect(written).toBeLessThan(400)
    read()
    await writing
    expect(await (await got).text()).toBe(expected.digest('hex'))
  })

  test('over its limit fails the whole request', async () => {
    let seen: Promise<string> | undefined
    const { open, answer, ops, url } = await pair(
      (request) => {
        seen = bodyOf(request).catch(() => 'broken off')
      },
      { limits: { requestBody: 10 } },
    )
    const id = open(url, { method: 'POST', body: 'stream' })
    const got = answer(id).catch((error) => error)
    await ops(FetchOp.write, id, Buffer.from('12345'), undefined)
    const second = ops(FetchOp.write, id, Buffer.from('678901'), undefined)
    await expect(second).rejects.toMatchObject({ code: 'fetch_body_limit' })
    expect(await got).toMatchObject({ code: 'fetch_body_limit' })
    if (seen) expect(await seen).toBe('broken off')
  })

  test('takes one write at a time, and none after its end', async () => {
    const { open, ops, url } = await pair(echo)
    const id = open(url, { method: 'POST', body: 'stream' })
    const first = ops(FetchOp.write, id, Buffer.from('a'), undefined) as Promise<unknown>
    const second = ops(FetchOp.write, id, Buffer.from('b'), undefined)
    await expect(second).rejects.toMatchObject({ code: 'bad_call' })
    ops(FetchOp.abort, id, undefined, undefined)
    await expect(first).rejects.toMatchObject({ code: 'fetch_aborted' })
  })
})

describe('an answer', () => {
  test('may come after interim ones', async () => {
    const server = await rawOrigin((socket) => {
      socket.end(`${'HTTP/1.1 103 Early\r\n\r\n'.repeat(10)}HTTP/1.1 200 OK\r\n\r\nhello`)
    })
    const answer = await allowed(server.port).fetch(`http://api.test:${server.port}/`)
    expect(await answer.text()).toBe('hello')
  })

  test('is streamed: its pieces arrive as they are sent', async () => {
    let send: (text: string) => void = () => {}
    const { fetch, url } = await pair((_, response) => {
      response.writeHead(200, { 'x-a': 'b' }).flushHeaders()
      send = (text) => (text === '' ? response.end() : response.write(text))
    })
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.header('x-a')).toBe('b')
    for (const text of ['one', 'two']) {
      send(text)
      expect(String(Buffer.from((await answer.read()) ?? []))).toBe(text)
    }
    send('')
    expect(await answer.read()).toBeUndefined()
  })

  test('is not fetched further than it is read', async () => {
    let sent = 0
    const piece = Buffer.alloc(64 * 1024)
    let stalled = () => {}
    const isStalled = new Promise<void>((resolve) => (stalled = resolve))
    const { fetch, url } = await pair((_, response) => {
      const pour = () => {
        while (sent++ < 400) if (!response.write(piece)) return stalled()
        response.end()
      }
      response.on('drain', pour)
      pour()
    })
    const answer = await fetch(url)
    await isStalled
    expect(sent).toBeLessThan(400)
    let got = 0
    for (let part = await answer.read(); part; part = await answer.read()) got += part.length
    expect(got).toBe(400 * piece.length)
  })

  test('keeps bytes above 127 of a header, and repeated headers; names come in lower case', async () => {
    const server = await rawOrigin((socket) => {
      socket.end(
        'HTTP/1.1 200 \xc3\xbc\r\nX-A: \xff\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n',
        'latin1',
      )
    })
    const answer = await allowed(server.port).fetch(`http://api.test:${server.port}/`)
    expect(answer.headers).toEqual([
      ['x-a', '\xff'],
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
    ])
  })

  const text = 'hello '.repeat(1000)
  test.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ])('is decoded from %s', async (coding, bytes) => {
    const { fetch, url } = await pair((_, response) => {
      response.writeHead(200, { 'content-encoding': coding, 'content-length': bytes.length })
      // One byte first: what tells formats apart may come alone.
      response.write(bytes.subarray(0, 1), () => response.end(bytes.subarray(1)))
    })
    const answer = await fetch(url)
    expect(await answer.text()).toBe(text)
    if (coding !== 'identity') expect(answer.header('content-length')).toBeUndefined()
  })

  test.each(['zstd', 'gzip, zstd', 'compress'])('in %s stays as it is', async (coding) => {
    const { fetch, url } = await pair((_, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end('raw')
    })
    const answer = await fetch(url)
    expect(answer.header('content-encoding')).toBe(coding)
    expect(await answer.text()).toBe('raw')
  })

  test('without a body is not decoded', async () => {
    const { fetch, url } = await pair((request, response) => {
      response.writeHead(request.url === '/304' ? 304 : 200, { 'content-encoding': 'gzip' }).end()
    })
    expect(await (await fetch(`${url}/`, { method: 'HEAD' })).text()).toBe('')
    const answer = await fetch(`${url}/304`)
    expect(answer.header('content-encoding')).toBe('gzip')
    expect(await answer.text()).toBe('')
  })
})

describe('a hostile server', () => {
  test('that sends a body where there is none is not listened to', async () => {
    const server = await rawOrigin((socket) => {
      socket.write('HTTP/1.1 205 Reset\r\nTransfer-Encoding: chunked\r\n\r\n')
      const pour = () => {
        while (socket.write(`ffff\r\n${'x'.repeat(0xffff)}\r\n`));
      }
      socket.on('drain', pour)
      socket.on('close', left)
      pour()
    })
    let left = () => {}
    const isLeft = new Promise<void>((resolve) => (left = resolve))
    const answer = await allowed(server.port).fetch(`http://api.test:${server.port}/`)
    expect(await answer.read()).toBeUndefined()
    await isLeft
  })

  test('with a bomb is stopped at the limit, whatever it unfolds to', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const { fetch, url } = await pair(
      (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
      },
      { limits: { responseBody: 100_000 } },
    )
    const answer = await fetch(url)
    let got = 0
    const reading = async () => {
      for (let part = await answer.read(); part; part = await answer.read()) got += part.length
    }
    await expect(reading()).rejects.toMatchObject({ code: 'fetch_body_limit' })
    expect(got).toBeLessThanOrEqual(100_000)
  })

  test('with many codings on top of each other is not decoded', async () => {
    const { refusal, url } = await pair((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip, gzip, gzip, gzip' }).end()
    })
    expect(await refusal(url)).toBe('fetch_failed')
  })

  test('that never ends is stopped at the limit', async () => {
    const { refusal, url, server } = await pair(
      (_, response) => {
        const pour = () => {
          while (!response.destroyed && response.write(Buffer.alloc(10_000)));
        }
        response.on('drain', pour)
        pour()
      },
      { limits: { responseBody: 1_000_000 } },
    )
    expect(await refusal(url)).toBe('fetch_body_limit')
    expect(server.connections()).toBe(1)
  })

  test.each([
    ['huge head', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 'fetch_headers_limit'],
    ['many fields', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(101)}\r\n`, 'fetch_headers_limit'],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n', 'fetch_failed'],
    [
      'an upgrade',
      'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      'fetch_failed',
    ],
    ['a short body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 'fetch_failed'],
    ['bad chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'fetch_failed'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'fetch_failed',
    ],
    ['bad gzip', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip', 'fetch_failed'],
    ['interim answers without end', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(11), 'fetch_failed'],
    ['nothing', '', 'fetch_failed'],
  ])('that sends %s', async (_, bytes, code) => {
    const server = await rawOrigin((socket) => socket.end(bytes))
    const { refusal } = allowed(server.port)
    expect(await refusal(`http://api.test:${server.port}/`)).toBe(code)
  })

  test('whose answer is refused has its connection closed', async () => {
    const closed: Promise<unknown>[] = []
    const server = await rawOrigin((socket) => {
      closed.push(once(socket, 'close'))
      const fields = server.connections() > 1 ? 'Location: ftp://x/\r\n' : 'X: y\r\n'.repeat(101)
      socket.write(`HTTP/1.1 302 Found\r\n${fields}\r\nhello`)
    })
    const { egress } = allowed(server.port)
    const url = new URL(`http://api.test:${server.port}/`)
    const request = { method: 'GET', url, fields: [], body: undefined, redirect: 'follow' } as const
    const context = { signal: new AbortController().signal, count: () => {} }
    const code = (error: { code?: string }) => error.code
    expect(await egress.fetch(request, context).catch(code)).toBe('fetch_headers_limit')
    expect(await egress.fetch(request, context).catch(code)).toBe('fetch_redirect')
    await Promise.all(closed)
  })

  test('without a head, or with a body that stops, is left after a while', async () => {
    const silent = await rawOrigin((socket) => {
      if (silent.connections() > 1) socket.write('HTTP/1.1 200 OK\r\n\r\nabc')
    })
    const { refusal } = allowed(silent.port, { headersTimeout: 100, bodyTimeout: 100 })
    expect(await refusal(`http://api.test:${silent.port}/`)).toBe('fetch_timeout')
    expect(await refusal(`http://api.test:${silent.port}/`)).toBe('fetch_timeout')
    expect(silent.connections()).toBe(2)
  })
})

describe('redirects', () => {
  const to = (status: number, location = '/next'): RequestListener => {
    return (request, response) => {
      if (request.url !== '/') return void echo(request, response)
      response.writeHead(status, { location }).end('moved')
    }
  }

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', 'x'],
    [307, 'POST', 'POST', 'x'],
    [308, 'PUT', 'PUT', 'x'],
  ])('%i makes a %s a %s', async (status, method, next, body) => {
    const { fetch, url } = await pair(to(status))
    const headers = [['content-type', 'text/x']] as const
    const answer = await fetch(`${url}/`, { method, body: Buffer.from('x'), headers })
    const seen = JSON.parse(await answer.text())
    expect(seen).toMatchObject({ method: next, url: '/next', body })
    expect(seen.rawHeaders.includes('content-type')).toBe(body !== '')
    expect(answer).toMatchObject({ redirected: true, url: `${url}/next` })
  })

  test('303 leaves a HEAD what it is', async () => {
    const { fetch, url, server } = await pair(to(303))
    await (await fetch(`${url}/`, { method: 'HEAD' })).text()
    expect(server.seen).toEqual(['HEAD /', 'HEAD /next'])
  })

  test('to another origin leave credentials behind', async () => {
    const other = await origin(echo)
    const first = await origin(to(302, `http://other.test:${other.port}/next`))
    const { fetch } = client({
      egress: ['api.test', 'other.test', '127.0.0.1'].flatMap((host) => {
        return [`${host}:${first.port}`, `${host}:${other.port}`]
      }),
      names: { 'api.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] },
    })
    const headers = [
      ['Authorization', 'secret'],
      ['Cookie', 'secret'],
      ['X-Kept', 'kept'],
    ] as const
    const answer = await fetch(`http://api.test:${first.port}/`, { headers })
    const { rawHeaders } = JSON.parse(await answer.text())
    expect(rawHeaders).not.toContain('secret')
    expect(rawHeaders).toContain('kept')
  })

  test('keep the fragment, and read a location as UTF-8', async () => {
    const server = await rawOrigin((socket) => {
      socket.end(
        server.connections() === 1
          ? Buffer.from('HTTP/1.1 302 x\r\nLocation: /ü\r\nConnection: close\r\n\r\n')
          : 'HTTP/1.1 200 OK\r\n\r\n',
      )
    })
    const answer = await allowed(server.port).fetch(`http://api.test:${server.port}/#here`)
    expect(answer.url).toBe(`http://api.test:${server.port}/%C3%BC#here`)
  })

  test('are left to the script, or refused, where it says so', async () => {
    const { fetch, refusal, url } = await pair(to(302))
    const answer = await fetch(`${url}/`, { redirect: 'manual' })
    expect(answer).toMatchObject({ status: 302, redirected: false })
    expect(await answer.text()).toBe('moved')
    expect(await refusal(`${url}/`, { redirect: 'error' })).toBe('fetch_redirect')
    expect(await refusal(`${url}/`, { redirect: 'sideways' })).toBe('fetch_bad_request')
  })

  test('without a location, or with another status, are answers', async () => {
    const { fetch, url } = await pair((request, response) => {
      if (request.url === '/300') response.writeHead(300, { location: '/x' })
      else response.writeHead(302)
      response.end()
    })
    expect((await fetch(`${url}/300`)).status).toBe(300)
    expect((await fetch(`${url}/302`)).status).toBe(302)
  })

  test('end somewhere: 20 and no more, each of them a subrequest', async () => {
    const { refusal, url, server, session } = await pair((_, response) => {
      response.writeHead(302, { location: '/' }).end()
    })
    expect(await refusal(`${url}/`)).toBe('fetch_redirect')
    expect(server.seen).toHaveLength(21)
    expect(session.subrequests).toBe(21)
    expect(await refusal(`${url}/`)).toBe('fetch_redirect')
    expect(await refusal(`${url}/`)).toBe('subrequests_limit')
    expect(server.seen).toHaveLength(50)
  })

  test('cannot repeat a body that was streamed', async () => {
    const { open, answer, ops, url } = await pair(to(307))
    const id = open(`${url}/`, { method: 'POST', body: 'stream' })
    const got = answer(id)
    ops(FetchOp.write, id, Buffer.from('x'), undefined)
    await expect(got).rejects.toMatchObject({ code: 'fetch_redirect' })
    const late = (async () => ops(FetchOp.write, id, Buffer.from('x'), undefined))()
    await expect(late).rejects.toMatchObject({ code: 'unknown_handle' })
  })
})

describe('a run', () => {
  test('has 50 subrequests and no more', async () => {
    const { fetch, refusal, url, server } = await pair((_, response) => response.end())
    for (let i = 0; i < 50; i++) await (await fetch(url)).text()
    expect(await refusal(url)).toBe('subrequests_limit')
    expect(server.seen).toHaveLength(50)
  })

  test('cannot open what it does not send without end', async () => {
    const { open } = client({ egress: [] })
    for (let i = 0; i < 50; i++) open('http://api.test/')
    expect(() => open('http://api.test/')).toThrow('subrequests_limit')
  })

  test.each([200, 204, 304])('uses its connections again after a %i', async (status) => {
    const { fetch, url, server } = await pair((_, response) => response.writeHead(status).end())
    for (let i = 0; i < 20; i++) await (await fetch(url)).text()
    // A second one may be opened in the moment before the first is known to be free.
    expect(server.connections()).toBeLessThanOrEqual(2)
  })

  test('that ends breaks off what is under way', async () => {
    const closed: Promise<unknown>[] = []
    const { fetch, session, url } = await pair((request, response) => {
      closed.push(once(request.socket, 'close'))
      if (request.url === '/body') response.write('x')
    })
    const waiting = fetch(`${url}/head`).catch((error) => error)
    const answer = await fetch(`${url}/body`)
    await answer.read()
    const reading = answer.read().catch((error) => error)
    session.close()
    expect(await waiting).toMatchObject({ code: 'fetch_aborted' })
    expect(await reading).toMatchObject({ code: 'fetch_aborted' })
    await Promise.all(closed)
    expect(() => session.open(0, {} as never)).toThrow('bad_call')
  })

  test('can end one fetch, before and in its answer', async () => {
    const { open, answer, fetch, ops, url } = await pair((request, response) => {
      if (request.url === '/body') response.write('x')
    })
    const id = open(url)
    const waiting = answer(id)
    ops(FetchOp.abort, id, undefined, undefined)
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError', code: 'fetch_aborted' })
    const got = await fetch(`${url}/body`)
    await got.read()
    ops(FetchOp.abort, got.id, undefined, undefined)
    await expect(got.read()).rejects.toMatchObject({ code: 'unknown_handle' })
  })

  test.each([
    ['an op', 999, 1, undefined, 0],
    ['no head', FetchOp.open, undefined, undefined, 0],
    ['a number for a head', FetchOp.open, 7, undefined, 0],
    ['a text for a body', FetchOp.open, 'POST\nhttp://a.test/\nfollow', 'text', 0],
    ['no fetcher', FetchOp.open, 'GET\nhttp://a.test/\nfollow', undefined, undefined],
    ['an unknown fetcher', FetchOp.open, 'GET\nhttp://a.test/\nfollow', undefined, 1],
    ['a fetcher below zero', FetchOp.open, 'GET\nhttp://a.test/\nfollow', undefined, -1],
    ['half a header', FetchOp.open, 'GET\nhttp://a.test/\nfollow\nx', undefined, 0],
    ['a head of line feeds', FetchOp.open, '\n'.repeat(100_000), undefined, 0],
    ['an unknown fetch', FetchOp.send, 1, undefined, undefined],
    ['a fetch that is NaN', FetchOp.read, Number.NaN, undefined, undefined],
    ['a fetch that is a text', FetchOp.read, '1', undefined, undefined],
    ['an unknown write', FetchOp.write, 1, Buffer.from('x'), undefined],
    ['a text to write', FetchOp.write, 1, 'x', undefined],
  ])('cannot confuse the host with %s', async (_, op, a, b, c) => {
    const { ops } = client({ egress: ['a.test'] })
    const call = async () => ops(op, a, b, c)
    await expect(call()).rejects.toMatchObject({
      code: expect.stringMatching(/^(bad_call|unknown_handle|fetch_bad_request)$/),
    })
  })

  test('reads no answer before it is there, sends no request twice, reads once at a time', async () => {
    const { open, ops, url } = await pair((_, response) => response.write('x'))
    const id = open(url)
    const call = async (op: number) => ops(op, id, undefined, undefined)
    await expect(call(FetchOp.read)).rejects.toMatchObject({ code: 'bad_call' })
    await call(FetchOp.send)
    await expect(call(FetchOp.send)).rejects.toMatchObject({ code: 'bad_call' })
  })
})

describe('https', () => {
  test('verifies the name, not the address', async () => {
    const { fetch, refusal, port } = await pair((_, response) => response.end('hello'), {
      tls: CERTIFICATE,
    })
    expect(await (await fetch(`https://api.test:${port}/`)).text()).toBe('hello')
    expect(await refusal(`https://127.0.0.1:${port}/`)).toBe('fetch_failed')
  })

  test('asks for the name of the URL (SNI and Host)', async () => {
    const { fetch, port } = await pair(
      (request, response) => {
        response.end(
          `${(request.socket as { servername?: string }).servername} ${request.headers.host}`,
        )
      },
      { tls: CERTIFICATE },
    )
    const answer = await fetch(`https://api.test:${port}/`)
    expect(await answer.text()).toBe(`api.test api.test:${port}`)
  })

  test('does not trust what nobody vouches for', async () => {
    const server = await origin((_, response) => response.end(), { tls: CERTIFICATE })
    const { refusal } = client({
      egress: [`api.test:${server.port}`, `127.0.0.1:${server.port}`],
      names: { 'api.test': ['127.0.0.1'] },
    })
    expect(await refusal(`https://api.test:${server.port}/`)).toBe('fetch_failed')
    expect(server.seen).toEqual([])
  })
})
