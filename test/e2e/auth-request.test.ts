import { beforeAll, describe, expect, test, vi } from 'vitest'
import { besideNginx, type More, type Pair } from '../harness/beside-nginx.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { origin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { connect, GET, get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

// Two servers are started, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** Decides as the request says, and tells what it was asked. */
function decider(): Promise<HttpOrigin> {
  return httpOrigin(({ method, target, headers, body }) => ({
    status: Number(headers.get('x-auth') ?? 200),
    headers: [
      ['WWW-Authenticate', 'Basic realm="x"'],
      ['X-User', `${method} ${target} ${body.length}`],
    ],
    body: 'decided',
  }))
}

describe.skipIf(nginxMissing())('auth_request, as nginx has it', () => {
  let pair: Pair

  beforeAll(async () => {
    const origin = await decider()
    const peer = `http://${origin.address}`
    const ok = 'try_files /none @ok;'
    const ask = 'auth_request /auth;'
    const pass = `proxy_pass ${peer}; proxy_set_header Content-Length "";`
    const echo = 'add_header X-Echo "$user|$code" always;'
    const set = `auth_request_set $user $upstream_http_x_user; auth_request_set $code $upstream_status;`
    const locations = `
      location /auth { internal; ${pass} }
      location /hidden-auth { ${pass} proxy_hide_header WWW-Authenticate; }
      location /denied-auth { deny all; ${pass} }
      location /down { proxy_pass http://127.0.0.1:${await freePort()}; }
      location /yes { return 204; }
      location /yes-text { return 200 "yes"; }
      location /no { return 403 "no"; }
      location /no-401 { return 401; }
      location /elsewhere { return 302 /x; }
      location @ok { auth_request off; ${echo} return 200 "in"; }
      location /a { ${ask} ${set} ${echo} ${ok} }
      location /a/off { auth_request off; ${ok} }
      location /hidden { auth_request /hidden-auth; ${ok} }
      location /denied { auth_request /denied-auth; ${ok} }
      location /by-down { auth_request /down; ${set} ${echo} ${ok} }
      location /by-yes { auth_request /yes; ${ok} }
      location /by-text { auth_request /yes-text; ${ok} }
      location /by-no { auth_request /no; ${ok} }
      location /by-401 { auth_request /no-401; ${ok} }
      location /by-elsewhere { auth_request /elsewhere; ${ok} }
      location /by-nobody { auth_request /nobody/at/all; ${ok} }
      location /any-denied { satisfy any; deny all; ${ask} ${set} ${echo} ${ok} }
      location /any-allowed { satisfy any; allow all; ${ask} ${set} ${echo} ${ok} }
      location /all-denied { deny all; ${ask} ${ok} }
      location /page { ${ask} error_page 401 /login; error_page 403 = /login; ${ok} }
      location /login { auth_request off; return 200 "log in"; }
      location /redirected { ${ask} ${set} ${echo} error_page 403 = @ok; ${ok} }
      location /content { ${ask} ${set} ${echo} proxy_pass ${peer}; }
    `
    pair = await besideNginx([locations, `auth_request /auth; ${locations}`])
  })

  const statuses = [200, 201, 204, 299, 301, 302, 304, 400, 401, 403, 404, 407, 500, 503]
  const asked = ['/a', '/hidden', '/denied', '/any-denied', '/any-allowed', '/all-denied', '/page']
  const cases: [string, More?][] = [
    ...asked.flatMap((target) => {
      return statuses.map((status): [string, More] => [
        target,
        { headers: { 'X-Auth': `${status}` } },
      ])
    }),
    ['/a/off', { headers: { 'X-Auth': '403' } }],
    ['/a?b=c'],
    ['/a', { method: 'POST', body: 'abc' }],
    ['/a', { method: 'HEAD', headers: { 'X-Auth': '401' } }],
    ['/by-down'],
    ['/by-yes'],
    ['/by-text'],
    ['/by-no'],
    ['/by-401'],
    ['/by-elsewhere'],
    ['/by-nobody'],
    ['/redirected', { headers: { 'X-Auth': '403' } }],
    ['/content', { method: 'POST', body: 'abc' }],
  ]

  test.each(cases)('%s %j', async (target, more) => {
    for (const server of [0, 1]) {
      const { ours, theirs } = await pair.ask(target, server, more)
      expect([server, ours]).toEqual([server, theirs])
    }
  })
})

test('2xx lets in, 401 and 403 are the answer, anything else is 500', async () => {
  const authority = await decider()
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /:
          auth_request: /auth
          auth_request_set: $user $upstream_http_x_user
          proxy_pass: http://${authority.address}
          proxy_set_header: [X-User $user, X-Auth 200]
        /auth: { internal: on, proxy_pass: "http://${authority.address}" }
`,
    expected: ['auth request unexpected status: 302'],
  })
  for (const [given, wanted, challenge] of [
    ['204', 200, 'Basic realm="x"'],
    ['401', 401, 'Basic realm="x"'],
    ['403', 403, undefined],
    ['302', 500, undefined],
  ] as const) {
    const { status, headers } = await get(gateway.port(), '/x', { 'X-Auth': given })
    expect([given, status, headers.get('www-authenticate')]).toEqual([given, wanted, challenge])
  }
  // Of all, one request came through, and brought what was set.
  const through = authority.requests.filter(({ headers }) => headers.has('x-user'))
  expect(through.map(({ target, headers }) => [target, headers.get('x-user')])).toEqual([
    ['/x', 'GET /auth 0'],
  ])
})

test('every challenge of the answer goes to the client', async () => {
  const authority = await httpOrigin(() => ({
    status: 401,
    headers: [
      ['WWW-Authenticate', 'Basic realm="x"'],
      ['WWW-Authenticate', 'Digest realm="y"'],
    ],
  }))
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { auth_request: /auth }
        /auth: { proxy_pass: "http://${authority.address}" }
`,
  })
  const { status, headers } = await get(gateway.port(), '/')
  expect([status, headers.all('www-authenticate')]).toEqual([
    401,
    ['Basic realm="x"', 'Digest realm="y"'],
  ])
})

test('a client that leaves meanwhile takes the question with it', async () => {
  let asked = 0
  let left = 0
  const authority = await origin(async (peer) => {
    await peer.request()
    asked++
    await peer.request()
    left++
  })
  const gateway = await startGateway({
    yaml: `
http:
  access_log: access.log
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { auth_request: /auth }
        /auth: { proxy_pass: "http://${authority.address}" }
`,
  })
  const client = await connect(gateway.port())
  await client.send(GET('/'))
  await until('the question', () => asked === 1)
  client.destroy()
  await until('it to be taken back', () => left === 1)
  await until('the log', () => / 499 /.test(gateway.accessLog()))
})

test('an answer that does not end holds nothing up', async () => {
  let left = 0
  const authority = await origin(async (peer) => {
    await peer.request()
    await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n')
    await peer.send(Buffer.alloc(1_000_000, 'x')).catch(() => undefined)
    await peer.request().catch(() => undefined)
    left++
  })
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { auth_request: /auth, try_files: /none @ok }
        '@ok': { return: 200 in }
        /auth: { proxy_pass: "http://${authority.address}" }
`,
  })
  expect((await get(gateway.port(), '/')).text).toBe('in')
  await until('the rest to be cut off', () => left === 1)
})
