import { expect, test } from 'vitest'
import { httpOrigin, type Recorded } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { origin } from '../harness/origin.ts'
import { chunked, connect, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const LOCATIONS: Readonly<Record<string, string>> = {
  method: 'proxy_method PUT;',
  'method/variable': 'proxy_method $arg_m;',
  'method/get':
    'proxy_method GET; proxy_pass_request_body off; proxy_set_header Content-Length "";',
  'method/head':
    'proxy_method HEAD; proxy_pass_request_body off; proxy_set_header Content-Length "";',
  'method/post': 'proxy_method POST;',
  set: 'proxy_set_body "<$request_method $arg_m $request_body>";',
  'set/constant': 'proxy_set_body made; proxy_pass_request_body off;',
  'set/unbuffered': 'proxy_request_buffering off; proxy_set_body <$request_body>;',
  'set/method': 'proxy_method POST; proxy_set_body $arg_m; proxy_pass_request_headers off;',
  drop: 'proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header X-Body $request_body;',
  bare: 'proxy_pass_request_headers off; proxy_set_header X-Own $http_x_client;',
}

const conf = (address: string) => `server {
  listen 127.0.0.1:%%PORT_0%%;
  proxy_http_version 1.1;
  ${Object.entries(LOCATIONS)
    .map(([name, rules]) => `location /${name}/ { proxy_pass http://${address}; ${rules} }`)
    .join('\n')}
}`

/** What we say of a POST without a body; nginx says nothing. */
const NO_BODY = 'Content-Length: 0'

/** A request at the origin, without what is known to differ. */
function seen({ method, target, headers, body }: Recorded) {
  const fields = headers.lines.flatMap(([name, value]) => {
    const differs = /^(host|connection)$/i.test(name) || `${name}: ${value}` === NO_BODY
    return differs ? [] : [`${name.toLowerCase()}: ${value}`]
  })
  return { line: `${method} ${target}`, fields: fields.sort(), body: body.toString() }
}

const REQUESTS = (path: string) => [
  request(`GET ${path}`, { 'X-Client': 'c' }),
  request(`GET ${path}?m=PATCH`, {}),
  request(`POST ${path}?m=OPTIONS`, { 'X-Client': 'c', 'Content-Type': 'x/y' }, 'the body'),
  request(`PUT ${path}?m=x-y`, {}, '\xe4'),
  request(`DELETE ${path}?m=GET`),
]

test.skipIf(nginxMissing())(
  'requests to peers are made as nginx makes them',
  async () => {
    const backend = await httpOrigin(() => ({ body: 'answer' }))
    const text = conf(backend.address)
    const ours = await startGateway({
      yaml: `http: ${asYaml(text)}`,
      expected: [/is not a method/],
    })
    const theirs = await nginx(text)
    for (const name of Object.keys(LOCATIONS)) {
      for (const bytes of REQUESTS(`/${name}/`)) {
        // Without an argument nginx asks with no method at all.
        if (name === 'method/variable' && !bytes.includes('?')) continue
        // What nginx answers a request for the head alone has a length and no body.
        const head = name === 'method/head'
        const one = await once(ours.port(), bytes)
        const asked = backend.takeRequests().map(seen)
        const other = await once(theirs.port(0), bytes, head ? { method: 'HEAD' } : {})
        expect({ name, asked }).toEqual({ name, asked: backend.takeRequests().map(seen) })
        expect([one.status, one.text]).toEqual([other.status, head ? '' : other.text])
      }
    }
  },
  60_000,
)

test('a method that a variable makes invalid reaches nobody', async () => {
  const backend = await httpOrigin()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}", proxy_method: $http_x_method } }
`,
    expected: [/is not a method for a peer/],
  })
  for (const method of ['', 'A B', 'GET /x HTTP/1.1', 'G\xc4T']) {
    const answer = await once(gateway.port(), request('GET /', { 'X-Method': method }))
    expect(answer.status).toBe(500)
  }
  expect(backend.requests).toEqual([])
}, 60_000)

test('a body that stays behind leaves no length behind', async () => {
  const backend = await httpOrigin()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      proxy_pass_request_body: off
      location:
        /: { proxy_pass: "http://${backend.address}" }
        /get: { proxy_pass: "http://${backend.address}", proxy_method: GET }
        /small: { proxy_pass: "http://${backend.address}", client_body_buffer_size: 1k }
        /set:
          proxy_pass: "http://${backend.address}"
          client_body_buffer_size: 1k
          proxy_set_body: "<$request_body>"
`,
  })
  const client = await connect(gateway.port())
  const sent = [
    request('POST /', {}, 'the body'),
    request('POST /', { 'Transfer-Encoding': 'chunked' }, '3\r\nabc\r\n0\r\n\r\n'),
    request('POST /get', {}, 'the body'),
    request('POST /small', {}, 'x'.repeat(100_000)),
    `${request('POST /small', { 'Transfer-Encoding': 'chunked' })}${chunked('x'.repeat(5000), 'y')}`,
    request('POST /set', {}, 'x'.repeat(100_000)),
    request('GET /'),
  ]
  const answers = await client.pipeline(sent)
  expect(answers.map(({ status, text }) => [status, text])).toEqual([
    [200, '/'],
    [200, '/'],
    [200, '/get'],
    [200, '/small'],
    [200, '/small'],
    [200, '/set'],
    [200, '/'],
  ])
  const lengths = backend.requests.map(({ method, headers, body }) => {
    return `${method} ${headers.get('content-length')} ${headers.get('transfer-encoding')} ${body}`
  })
  expect(lengths).toEqual([
    'POST 0 undefined ',
    'POST undefined undefined ',
    'GET undefined undefined ',
    'POST 0 undefined ',
    'POST undefined undefined ',
    // As in nginx, a body that is not in memory is no value of a variable.
    'POST 2 undefined <>',
    'GET undefined undefined ',
  ])
  // The connection to the peer is the same all along: nothing of a body was left on it.
  expect(backend.accepted).toBe(1)
}, 60_000)

test('a client that waits for a word before its body gets it', async () => {
  const backend = await httpOrigin(({ body }) => ({ body: `got ${body}` }))
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}", proxy_set_body: "<$request_body>" } }
`,
  })
  const client = await connect(gateway.port())
  await client.send(request('POST /', { Expect: '100-continue', 'Content-Length': '4' }))
  await client.incoming.until('100 Continue\r\n\r\n')
  expect((await client.exchange('body')).text).toBe('got <body>')
}, 60_000)

test('asked with another method than the client’s, the body is that of the client’s', async () => {
  const backend = await origin(async (peer) => {
    for (let asked = await peer.request(); asked; asked = await peer.request()) {
      const body = asked.method === 'HEAD' ? '' : 'a body'
      await peer.send(
        `HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Asked: ${asked.method}\r\n\r\n${body}`,
      )
    }
  })
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_pass: "http://${backend.address}", proxy_method: $arg_m } }
`,
  })
  const client = await connect(gateway.port())
  const answers = await client.pipeline([
    request('HEAD /?m=GET'),
    request('GET /?m=HEAD'),
    request('HEAD /?m=HEAD'),
    request('GET /?m=GET'),
  ])
  expect(
    answers.map(({ headers, text }) => [
      headers.get('x-asked'),
      headers.get('content-length'),
      text,
    ]),
  ).toEqual([
    ['GET', '6', ''],
    ['HEAD', '0', ''],
    ['HEAD', '6', ''],
    ['GET', '6', 'a body'],
  ])
}, 60_000)
