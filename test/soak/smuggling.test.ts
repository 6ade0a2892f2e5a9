import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { connect } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: victim\r\n\r\n'

let backend: HttpOrigin
let gateway: Gateway

beforeAll(async () => {
  backend = await httpOrigin()
  gateway = await startGateway({
    yaml: `
http:
  lingering_timeout: 100ms
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: http://${backend.address} }
        /hidden: { deny: all }
`,
    expected: [/forbidden/],
  })
})

beforeEach(() => {
  backend.takeRequests()
})

/** Heads that two servers may read differently, each followed by a body that looks like a request. */
const AMBIGUOUS: readonly [what: string, lines: readonly string[]][] = [
  ['a length and chunks', [`Content-Length: ${HIDDEN.length + 5}`, 'Transfer-Encoding: chunked']],
  ['chunks and a length', ['Transfer-Encoding: chunked', `Content-Length: ${HIDDEN.length + 5}`]],
  ['two lengths', ['Content-Length: 0', `Content-Length: ${HIDDEN.length}`]],
  ['two lengths in a line', [`Content-Length: 0, ${HIDDEN.length}`]],
  ['the same length twice in a line', [`Content-Length: ${HIDDEN.length}, ${HIDDEN.length}`]],
  ['a signed length', [`Content-Length: +${HIDDEN.length}`]],
  ['a negative length', ['Content-Length: -1']],
  ['a hexadecimal length', ['Content-Length: 0x10']],
  ['a length with a point', ['Content-Length: 10.0']],
  ['a length with an exponent', ['Content-Length: 1e1']],
  ['a length with a space inside', ['Content-Length: 1 0']],
  ['a length with an underscore', ['Content-Length: 1_0']],
  ['an empty length', ['Content-Length:']],
  ['a length beyond all numbers', ['Content-Length: 99999999999999999999999']],
  ['a length above 2^53', ['Content-Length: 9007199254740993']],
  ['a length in other digits', ['Content-Length: \xd9\xa1']],
  ['a space before the colon of a length', [`Content-Length : ${HIDDEN.length}`]],
  ['a space before the colon of a coding', ['Transfer-Encoding : chunked']],
  ['a tab before the colon of a coding', ['Transfer-Encoding\t: chunked']],
  ['a control before a coding', ['\x0bTransfer-Encoding: chunked']],
  ['a folded coding', ['Transfer-Encoding:', ' chunked']],
  ['a folded field', ['X: y', ' Transfer-Encoding: chunked']],
  ['a line that begins with a space', [' Transfer-Encoding: chunked']],
  ['an unknown coding', ['Transfer-Encoding: xchunked']],
  ['a coding behind chunks', ['Transfer-Encoding: chunked, identity']],
  ['chunks twice', ['Transfer-Encoding: chunked, chunked']],
  ['chunks on two lines', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ['a coding and none', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked']],
  ['a coding in quotes', ['Transfer-Encoding: "chunked"']],
  ['a coding with a parameter', ['Transfer-Encoding: chunked;q=1']],
  ['a coding with a vertical tab', ['Transfer-Encoding: \x0bchunked']],
  ['a coding with a NUL', ['Transfer-Encoding: chunked\x00']],
  ['a bare CR in a field', ['X: y\rTransfer-Encoding: chunked']],
  ['a NUL in a field', ['X: \x00', 'Transfer-Encoding: chunked']],
  ['a line without a colon', ['Transfer-Encoding chunked']],
  ['two hosts', ['Host: other']],
  ['an empty name', [': chunked']],
]

for (const [what, lines] of AMBIGUOUS) {
  test(`a request with ${what} smuggles nothing`, async () => {
    const client = await connect(gateway.port())
    const head = ['POST /seen HTTP/1.1', 'Host: victim', ...lines].join('\r\n')
    await client.send(`${head}\r\n\r\n0\r\n\r\n${HIDDEN}`)
    const { status } = await client.response()
    await client.ending()
    expect([400, 403, 413, 501]).toContain(status)
    expectOnlySeen()
  })
}

test('a name that is none is left out, and what was meant as its body is refused', async () => {
  const client = await connect(gateway.port())
  const head = 'GET /seen HTTP/1.1\r\nHost: victim\r\nTransfer-Encoding]: chunked\r\n\r\n'
  await client.send(`${head}0\r\n\r\n${HIDDEN}`)
  expect((await client.response()).status).toBe(200)
  expect((await client.response()).status).toBe(400)
  await client.ending()
  expectOnlySeen()
  expect(backend.requests[0]?.headers.has('transfer-encoding]')).toBe(false)
})

test.each([
  ['a bare LF', '1\nx\r\n0\r\n\r\n'],
  ['a bare LF behind the data', '1\r\nx\n0\r\n\r\n'],
  ['a space before the size', ' 1\r\nx\r\n0\r\n\r\n'],
  ['a sign', '+1\r\nx\r\n0\r\n\r\n'],
  ['a prefix', '0x1\r\nx\r\n0\r\n\r\n'],
  ['more data than the size', '1\r\nxGET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a size beyond all numbers', 'ffffffffffffffffff\r\nx'],
  ['a size that wraps at 2^64', '10000000000000001\r\nx\r\n0\r\n\r\n'],
  ['no size', '\r\nx\r\n0\r\n\r\n'],
  ['an extension with a bare LF', '1;a\nb\r\nx\r\n0\r\n\r\n'],
  ['an extension with a bare CR', '1;a\rb\r\nx\r\n0\r\n\r\n'],
  ['a trailer that is no field', '0\r\nGET /hidden HTTP/1.1\r\n\r\n'],
  ['a trailer that frames', '0\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n'],
])('chunks with %s smuggle nothing', async (_, chunks) => {
  const client = await connect(gateway.port())
  const head = 'POST /seen HTTP/1.1\r\nHost: victim\r\nTransfer-Encoding: chunked\r\n\r\n'
  await client.send(`${head}${chunks}${HIDDEN}`)
  client.halfClose()
  await client.ending()
  expectOnlySeen()
})

test('what a request line hides stays one line', async () => {
  for (const target of [
    '/seen HTTP/1.1\nHost: victim\n\nGET /hidden',
    '/seen\rX: y',
    '/seen\x00',
    '/seen%0d%0aHost:%20evil%0d%0a%0d%0aGET%20/hidden%20HTTP/1.1',
    '/seen?a=%0d%0aX-Evil:%20yes',
    '/seen?\xe2\x80\xa8',
  ]) {
    const client = await connect(gateway.port())
    await client.send(`GET ${target} HTTP/1.1\r\nHost: victim\r\n\r\n`)
    client.halfClose()
    await client.ending()
    expectOnlySeen()
  }
})

test('fields that are about one connection do not pass, named or not', async () => {
  const client = await connect(gateway.port())
  await client.exchange(
    'GET /seen HTTP/1.1\r\nHost: victim\r\nConnection: keep-alive, X-Hop, Host, Content-Length\r\n' +
      'X-Hop: secret\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\n' +
      'HTTP2-Settings: AAA\r\nProxy-Connection: close\r\nProxy-Authorization: x\r\n\r\n',
  )
  const [seen] = backend.requests
  const names = seen?.headers.lines.map(([name]) => name.toLowerCase()) ?? []
  for (const name of ['keep-alive', 'te', 'trailer', 'upgrade', 'proxy-connection']) {
    expect(names).not.toContain(name)
  }
  expect(names.filter((name) => name === 'host')).toHaveLength(1)
})

/** The origin itself is strict: it would have complained. Nobody asked for what is denied. */
function expectOnlySeen(): void {
  expect(backend.errors).toEqual([])
  for (const { target, headers } of backend.requests) {
    expect(target.startsWith('/seen')).toBe(true)
    expect(headers.has('x-evil')).toBe(false)
  }
}
