import { expect, test, vi } from 'vitest'
import { type OriginScript, origin } from '../harness/origin.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

vi.setConfig({ testTimeout: 30_000 })

const HINT = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Secret: s\r\n\r\n'
const LAST = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

function saying(...texts: string[]): OriginScript {
  return async (peer) => {
    while (await peer.requestHead()) for (const text of texts) await peer.send(text)
  }
}

async function inFrontOf(script: OriginScript) {
  const backend = await origin(script)
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_hide_header: X-Secret
      location:
        /: { proxy_pass: "http://${backend.address}" }
        /on: { early_hints: $arg_a $arg_b, proxy_pass: "http://${backend.address}" }
`,
    expected: [/early hints/],
  })
  return { gateway, port: gateway.port(), backend }
}

/** What stands before the last answer. */
async function hints(port: number, line: string): Promise<string> {
  const client = await connect(port)
  await client.send(request(line))
  const text = (await client.incoming.until('\r\n\r\nok')).toString('latin1')
  return text.slice(0, text.search(/HTTP\/1\.1 200 /))
}

const PASSED = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'

test('early hints pass where one of the values is neither empty nor 0', async () => {
  const { port } = await inFrontOf(saying(HINT, LAST))
  expect(await hints(port, 'GET /')).toBe('')
  expect(await hints(port, 'GET /on')).toBe('')
  expect(await hints(port, 'GET /on?a=0')).toBe('')
  expect(await hints(port, 'GET /on?b=1')).toBe(PASSED)
  expect(await hints(port, 'GET /on?a=0&b=no')).toBe(PASSED)
  // Nor is a client of HTTP/1.0 told.
  expect(await hints(port, 'GET /on?a=1 HTTP/1.0')).toBe('')
})

test('every 103 with a field passes, and any other interim answer is consumed', async () => {
  const empty = 'HTTP/1.1 103 X\r\nX-Secret: s\r\n\r\n'
  const others = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 102 Processing\r\n\r\n']
  const { port } = await inFrontOf(saying(HINT + others.join(empty) + HINT + LAST))
  expect(await hints(port, 'GET /on?a=1')).toBe(PASSED + PASSED)
  expect(await hints(port, 'GET /')).toBe('')
})

test('hints reach the client before the answer is there', async () => {
  let answer = () => {}
  const { port } = await inFrontOf(async (peer) => {
    await peer.requestHead()
    await peer.send(HINT)
    await new Promise<void>((resolve) => {
      answer = resolve
    })
    await peer.send(LAST)
  })
  const client = await connect(port)
  await client.send(request('GET /on?a=1'))
  expect((await client.incoming.until('\r\n\r\n')).toString()).toBe(PASSED)
  answer()
  expect((await client.response()).text).toBe('ok')
})

test('hints are bounded by proxy_buffer_size, all together, and of HTTP/1.1', async () => {
  const large = `HTTP/1.1 103 X\r\nLink: ${'x'.repeat(2500)}\r\n\r\n`
  const { gateway, port, backend } = await inFrontOf(saying(large, large, LAST))
  expect((await hints(port, 'GET /on?a=1')).match(/103/g)).toHaveLength(1)
  await gateway.logged(/upstream sent too big early hints/)

  // And a peer of HTTP/1.0 cannot send any.
  backend.become(saying(HINT.replace('1.1', '1.0'), LAST))
  backend.resetAll()
  const client = await connect(port)
  expect((await client.exchange(request('GET /on?a=1'))).status).toBe(502)
  await gateway.logged(/an HTTP\/1.0 response with early hints/)
})
