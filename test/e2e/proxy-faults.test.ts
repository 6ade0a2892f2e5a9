import { expect, test } from 'vitest'
import {
  bothFramings,
  closeBeforeHead,
  drip,
  earlyAnswer,
  garbage,
  hang,
  hangAfterHead,
  resetAfterHead,
  resetBeforeHead,
  resetOnAccept,
  truncate,
  truncateChunk,
} from '../harness/faults.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { type OriginScript, origin } from '../harness/origin.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

async function inFrontOf(script: OriginScript, directives = '') {
  const backend = await origin(script)
  const good = await httpOrigin(() => ({ body: 'good' }))
  const gateway = await startGateway({
    yaml: `
http:
  upstream:
    both: { server: ["${backend.address} max_fails=0", "${good.address} backup"] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_read_timeout: 200ms
      client_max_body_size: 0
      location:
        /: { proxy_pass: "http://${backend.address}"${directives} }
        /both/: { proxy_pass: "http://both"${directives} }
`,
    expected: ['upstream'],
  })
  return { gateway, port: gateway.port(), backend, good }
}

test.each([
  ['resets at once', resetOnAccept, 502, 'error'],
  ['resets when it has the request', resetBeforeHead, 502, 'error'],
  ['closes without an answer', closeBeforeHead, 502, 'error'],
  ['answers garbage', garbage, 502, 'invalid_header'],
  ['answers with both framings', bothFramings, 502, 'invalid_header'],
  ['hangs', hang, 504, 'timeout'],
] as const)('a peer that %s', async (_, script, status, condition) => {
  const { gateway, port, good } = await inFrontOf(script, `, proxy_next_upstream: ${condition}`)
  const client = await connect(port)
  expect((await client.exchange(request('GET /'))).status).toBe(status)
  // The client's connection is none the worse for it.
  const next = await client.exchange(request('GET /both/'))
  expect([next.status, next.text]).toEqual([200, 'good'])
  const post = await client.exchange(request('POST /both/', {}, 'x'))
  expect(post.status).toBe(script === resetOnAccept ? post.status : status)
  expect(
    good.requests.filter((each) => each.method === 'POST' && script !== resetOnAccept),
  ).toEqual([])
  expect(gateway.errorLog()).toMatch(/\[error\].*upstream: "http:\/\/127\.0\.0\.1:\d+\//)
})

test.each([
  ['is cut short', truncate],
  ['is cut in a chunk', truncateChunk],
  ['is reset', resetAfterHead],
  ['stops', hangAfterHead],
] as const)('the client sees that a body %s', async (_, script) => {
  const { port } = await inFrontOf(script)
  await expect(once(port, request('GET /'))).rejects.toThrow()
})

test('a client that knows no chunks sees it by a reset', async () => {
  let breakOff!: () => void
  const seen = new Promise<void>((resolve) => {
    breakOff = resolve
  })
  const { port } = await inFrontOf(async (peer) => {
    await peer.requestHead()
    await peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf ')
    await seen
  })
  const client = await connect(port)
  await client.send('GET / HTTP/1.0\r\n\r\n')
  await client.incoming.until('half ')
  breakOff()
  expect(await client.ending()).toBe('reset')
})

test('an early answer to a long body is passed', async () => {
  const { port, backend } = await inFrontOf(earlyAnswer, ', proxy_request_buffering: off')
  const client = await connect(port)
  await client.send(request('POST /', { 'Content-Length': '500000' }, 'x'.repeat(50_000)))
  expect((await client.response()).text).toBe('early')
  await until('the peer to be left', () => backend.open === 0)
  await client.send('x'.repeat(450_000))
  const again = await client.exchange(
    request('POST /', { 'Content-Length': '500000' }, 'x'.repeat(50_000)),
  )
  expect(again.text).toBe('early')
})

test('an early answer of a peer that then closes in the middle of the body is passed', async () => {
  const { port } = await inFrontOf(async (peer) => {
    await peer.requestHead()
    await peer.send('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!')
    peer.destroy()
  })
  for (let i = 0; i < 5; i++) {
    const client = await connect(port)
    const size = 4_000_000
    const sending = client.send(
      request('POST /', { 'Content-Length': String(size) }, 'x'.repeat(size)),
    )
    const got = await client.response()
    expect([got.status, got.text]).toEqual([413, 'no!'])
    client.destroy()
    await sending
  }
})

test('a client that leaves ends the request to the peer', async () => {
  const { port, backend } = await inFrontOf(async (peer) => {
    await peer.request()
    await peer.ending(60_000)
  })
  const client = await connect(port)
  await client.send(request('GET /'))
  await until('the request to arrive', () => backend.open === 1)
  client.reset()
  await until('the peer to be left', () => backend.open === 0)
})

test('proxy_ignore_client_abort lets it finish', async () => {
  let finished = false
  const { port, backend } = await inFrontOf(async (peer) => {
    await peer.request()
    await new Promise((resolve) => setTimeout(resolve, 100))
    if (!peer.closed) finished = true
    await peer.answer('late')
    await peer.ending(60_000)
  }, ', proxy_ignore_client_abort: on')
  const client = await connect(port)
  await client.send(request('GET /'))
  await until('the request to arrive', () => backend.open === 1)
  client.reset()
  await until('the answer', () => finished)
})

test('a slow answer is no fault', async () => {
  const { port } = await inFrontOf(drip('hello', 1, 50))
  const client = await connect(port)
  for (let i = 0; i < 2; i++) expect((await client.exchange(request('GET /'))).text).toBe('hello')
})

test('nothing of one answer reaches another request', async () => {
  const { port } = await inFrontOf(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      const extra =
        peer.number % 2 === 0 ? '' : 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
      const body = request.target
      await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}${extra}`)
    }
  })
  const client = await connect(port)
  for (let i = 0; i < 50; i++) {
    expect((await client.exchange(request(`GET /${i}`))).text).toBe(`/${i}`)
  }
})

test('an origin that is gone and comes back is used again', async () => {
  const { port, backend } = await inFrontOf(drip('x', 1, 0))
  const client = await connect(port)
  expect((await client.exchange(request('GET /'))).status).toBe(200)
  await backend.close()
  expect((await client.exchange(request('GET /'))).status).toBe(502)
  await origin(drip('y', 1, 0), backend.port)
  expect((await get(port, '/')).text).toBe('y')
})
