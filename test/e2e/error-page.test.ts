import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { freePort } from '../harness/ports.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

beforeAll(async () => {
  const backend = await httpOrigin(({ target }) => ({ status: 418, body: `origin ${target}` }))
  gateway = await startGateway({
    files: { '404.html': 'our own page', 'site/index.html': 'index' },
    yaml: `
http:
  root: "%%DIR%%"
  error_page: 404 /404.html
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: {}
        /changed:
          error_page: 404 =200 /404.html
        /named:
          error_page: 404 @fallback
        '@fallback':
          return: 200 "fallback for $uri"
        /elsewhere:
          error_page: 404 http://elsewhere.example/gone
        /elsewhere-301:
          error_page: 404 =301 http://elsewhere.example/gone
        /target:
          error_page: 403 = /teapot
          deny: all
        /teapot:
          proxy_pass: http://${backend.address}
        /kept:
          error_page: 403 /teapot
          deny: all
        /intercepted:
          proxy_pass: http://${backend.address}
          proxy_intercept_errors: on
          error_page: 418 /404.html
        /down:
          proxy_pass: http://127.0.0.1:${await freePort()}
          error_page: 502 504 =503 /404.html
        /missing-page:
          error_page: 404 /no-such-page.html
        /internal:
          internal: ''
          return: 200 secret
        /to-internal:
          error_page: 404 =200 /internal
        /loop:
          error_page: 403 /loop
          deny: all
        /returns:
          return: 404
        /text:
          return: 404 "own text"
`,
    expected: ['No such file', 'is not found', 'forbidden', 'connect()', 'Connection refused'],
  })
})

describe('error_page', () => {
  test.each([
    ['/nothing', 404, 'our own page'],
    ['/changed/nothing', 200, 'our own page'],
    ['/named/nothing', 404, 'fallback for /named/nothing'],
    ['/target', 418, 'origin /target'],
    ['/kept', 403, 'origin /kept'],
    ['/intercepted', 418, 'our own page'],
    ['/down', 503, 'our own page'],
    ['/returns', 404, 'our own page'],
    ['/text', 404, 'own text'],
  ])('%s is %i "%s"', async (path, status, text) => {
    const response = await get(gateway.port(), path)
    expect(response.status).toBe(status)
    expect(response.text.replace(/origin \/teapot/, `origin ${path}`)).toBe(text)
  })

  test('redirects to a full URL with 302, or the code it names', async () => {
    const found = await get(gateway.port(), '/elsewhere/x')
    expect([found.status, found.headers.get('location')]).toEqual([
      302,
      'http://elsewhere.example/gone',
    ])
    expect((await get(gateway.port(), '/elsewhere-301/x')).status).toBe(301)
  })

  test('that is missing itself gives the built-in page', async () => {
    const response = await get(gateway.port(), '/missing-page/x')
    expect(response.status).toBe(404)
    expect(response.text).toContain('<h1>404 Not Found</h1>')
  })

  test('that fails in the same way does not go round in circles', async () => {
    expect((await get(gateway.port(), '/loop')).status).toBe(403)
  })

  test('of a HEAD request has no body', async () => {
    const client = await connect(gateway.port())
    const [head, next] = await client.pipeline([request('HEAD /nothing'), request('GET /returns')])
    expect([head?.status, head?.body.length]).toEqual([404, 0])
    expect(next?.text).toBe('our own page')
  })

  test('is served to a POST with a body, and the connection goes on', async () => {
    const client = await connect(gateway.port())
    const [post, next] = await client.pipeline([
      request('POST /returns', {}, 'body'),
      request('GET /returns'),
    ])
    expect([post?.text, next?.text]).toEqual(['our own page', 'our own page'])
  })
})

describe('internal', () => {
  test('locations are 404 from outside and open from inside', async () => {
    expect((await get(gateway.port(), '/internal')).status).toBe(404)
    expect(await get(gateway.port(), '/to-internal/x')).toMatchObject({
      status: 200,
      text: 'secret',
    })
  })
})
