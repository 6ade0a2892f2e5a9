import { gunzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { origin } from '../harness/origin.ts'
import { connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

vi.setConfig({ testTimeout: 30_000 })

/** Everything that comes for one request, as it stands on the wire. */
async function raw(port: number, line: string, fields = {}, body = ''): Promise<string> {
  const client = await connect(port)
  await client.send(request(line, { Connection: 'close', ...fields }, body))
  return (await client.incoming.rest()).toString('latin1')
}

/** What follows the head, and the names of the fields in it that are about the body. */
function bodyOf(text: string): [framing: string[], body: string] {
  const end = text.indexOf('\r\n\r\n')
  const framing = text.slice(0, end).match(/^(?:content-length|transfer-encoding|trailer):.*$/gim)
  return [framing ?? [], text.slice(end + 4)]
}

const TRAILERS =
  'X-Sum: 42\r\nX-Sum: 43\r\nX-Secret: s\r\nContent-Length: 7\r\nSet-Cookie: a=b\r\nHost: evil\r\n'
const ANSWER = `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${TRAILERS}\r\n`

async function inFrontOf(answer: string) {
  const backend = await origin(async (peer) => {
    while (await peer.request()) await peer.send(answer)
  })
  const gateway = await startGateway({
    yaml: `
http:
  log_format: t '$sent_trailer_x_sum|$upstream_trailer_x_sum|$upstream_trailer_x_secret'
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: access.log t
      proxy_hide_header: X-Secret
      location:
        /: { proxy_pass: "http://${backend.address}" }
        /on: { proxy_pass: "http://${backend.address}", proxy_pass_trailers: on }
        /gzip:
          proxy_pass: "http://${backend.address}"
          proxy_pass_trailers: on
          gzip: on
          gzip_types: text/plain
          gzip_min_length: 1
          gzip_proxied: any
`,
    expected: [/in its chunked body/],
  })
  return { gateway, port: gateway.port(), backend }
}

test('trailers of a peer are passed on where proxy_pass_trailers says so', async () => {
  const { gateway, port, backend } = await inFrontOf(ANSWER)
  expect(bodyOf(await raw(port, 'GET /'))).toEqual([
    ['Transfer-Encoding: chunked'],
    '5\r\nhello\r\n0\r\n\r\n',
  ])
  // Neither what is hidden nor what frames a message or says who asks.
  expect(bodyOf(await raw(port, 'GET /on'))).toEqual([
    ['Transfer-Encoding: chunked', 'Trailer: X-Sum'],
    '5\r\nhello\r\n0\r\nX-Sum: 42\r\nX-Sum: 43\r\n\r\n',
  ])
  await until('the log', () => gateway.accessLog() === '-|42, 43|s\n42, 43|42, 43|s\n')
  expect(backend.accepted).toBe(1)
})

test('trailers outlive gzip, and are left out where no chunks are known', async () => {
  const { port } = await inFrontOf(ANSWER)
  const packed = { 'Accept-Encoding': 'gzip', Connection: 'close' }
  const [framing, body] = bodyOf(await raw(port, 'GET /gzip', packed))
  expect(framing).toContain('Transfer-Encoding: chunked')
  expect(body).toMatch(/\r\n0\r\nX-Sum: 42\r\nX-Sum: 43\r\n\r\n$/)
  const answer = await once(port, request('GET /gzip', packed))
  expect(String(gunzipSync(answer.body))).toBe('hello')
  expect(bodyOf(await raw(port, 'GET /on HTTP/1.0'))[1]).toBe('hello')
})

test('a response whose trailers are none is cut', async () => {
  const { gateway, port, backend } = await inFrontOf(ANSWER)
  for (const [trailers, why] of [
    ['no field\r\n', 'an invalid trailer name'],
    ['X: \u0001\r\n', 'an invalid trailer value'],
    ['X: 1\r\n 2\r\n', 'an invalid trailer name'],
    ['X: 1\nY: 2\r\n', 'an invalid trailer value'],
    [`X: ${'x'.repeat(9000)}\r\n`, 'too long trailers'],
    ['X: 1\r\n'.repeat(200), 'too many trailers'],
  ] as const) {
    backend.become(async (peer) => {
      while (await peer.request()) await peer.send(ANSWER.replace(TRAILERS, trailers))
    })
    expect(await raw(port, 'GET /on')).not.toContain('\r\n0\r\n')
    await gateway.logged(new RegExp(`upstream sent ${why} in its chunked body`))
  }
})

test('trailers of a request are read, checked, and go nowhere', async () => {
  const { port, requests } = await asking()
  const chunked = { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' }
  const body = '5\r\nhello\r\n0\r\nX-Sum: 42\r\nContent-Length: 9\r\nHost: evil\r\n\r\n'
  const answer = await raw(port, 'POST /', chunked, body)
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  const [seen] = requests
  expect([String(seen?.body), seen?.headers.get('x-sum')]).toEqual(['hello', undefined])
  expect(seen?.headers.get('host')).not.toBe('evil')
  for (const bad of ['no field\r\n', `X: ${'x'.repeat(9000)}\r\n`, 'X: \u0001\r\n']) {
    const refused = await raw(port, 'POST /', chunked, `5\r\nhello\r\n0\r\n${bad}\r\n`)
    expect(refused).toMatch(/^HTTP\/1.1 400 /)
  }
})

async function asking() {
  const backend = await httpOrigin()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}" } }
`,
  })
  return { port: gateway.port(), requests: backend.requests }
}

test.skipIf(nginxMissing())('add_trailer adds what nginx adds', async () => {
  const backend = await httpOrigin(() => ({ body: 'from afar' }))
  const lines = (set: (name: string, value: string) => string) => [
    set('add_trailer', 'X-Method $request_method'),
    set('add_trailer', 'X-Always "$uri $status" always'),
    set('add_trailer', 'X-Empty $arg_none'),
  ]
  const theirs = await nginx(`
    server {
      listen 127.0.0.1:%%PORT_8%%; default_type text/plain; gzip off;
      ${lines((name, value) => `${name} ${value};`).join('\n')}
      location /ok { return 200 hello; }
      location /bad { return 404 gone; }
      location /none { return 204; }
      location /afar { proxy_pass http://${backend.address}; }
    }`)
  const ours = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      add_trailer: ['X-Method $request_method', 'X-Always "$uri $status" always', 'X-Empty $arg_none']
      location:
        /ok: { return: 200 hello }
        /bad: { return: 404 gone }
        /none: { return: 204 }
        /afar: { proxy_pass: "http://${backend.address}" }
`,
  })
  for (const line of [
    'GET /ok',
    'HEAD /ok',
    'GET /ok HTTP/1.0',
    'GET /bad',
    'GET /none',
    'GET /afar',
  ]) {
    const [one, other] = [await raw(ours.port(), line), await raw(theirs.port(8), line)]
    expect([line, ...bodyOf(one)]).toEqual([line, ...bodyOf(other)])
  }
})
