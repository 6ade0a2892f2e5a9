import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const SMALL = 'A gateway compresses what it sends. '.repeat(300)
const LARGE = SMALL.repeat(300)
const GZIP = { 'Accept-Encoding': 'gzip' }

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
http:
  gzip: on
  gzip_vary: on
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: www
      location:
        /: {}
        /proxied/: { proxy_pass: http://127.0.0.1:%%PORT_1%%/ }
        /text/: { gzip_types: text/plain, return: 200 "${'plain text '.repeat(10)}" }
        /short/: { default_type: text/html, return: 200 short }
        /old/: { gzip_http_version: '1.0', root: . }
    - listen: 127.0.0.1:%%PORT_1%%
      gzip: off
      root: www
`,
    files: { 'www/small.html': SMALL, 'www/large.html': LARGE, 'old/small.html': SMALL },
  })
})

const page = (path: string, headers: Record<string, string> = GZIP) => {
  return get(gateway.port(), path, headers)
}

describe('gzip', () => {
  test('tells the length of a small page, and makes its ETag weak', async () => {
    const { headers, body } = await page('/small.html')
    expect(gunzipSync(body).toString()).toBe(SMALL)
    expect(headers.get('content-encoding')).toBe('gzip')
    expect(headers.get('content-length')).toBe(String(body.length))
    expect(headers.get('etag')).toMatch(/^W\/"/)
    expect(headers.get('vary')).toBe('Accept-Encoding')
    expect(headers.has('accept-ranges')).toBe(false)
  })

  test('streams a large one in chunks', async () => {
    for (const path of ['/large.html', '/proxied/large.html']) {
      const { headers, body } = await page(path)
      expect(headers.get('transfer-encoding')).toBe('chunked')
      expect(gunzipSync(body).toString()).toBe(LARGE)
    }
  })

  test('keeps many responses apart that are compressed at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        page(i % 3 === 0 ? '/small.html' : '/proxied/large.html'),
      ),
    )
    for (const [i, { body }] of answers.entries()) {
      expect(gunzipSync(body).toString() === (i % 3 === 0 ? SMALL : LARGE)).toBe(true)
    }
  })

  test('is not for those who do not ask', async () => {
    const { headers, text } = await page('/small.html', {})
    expect([headers.has('content-encoding'), text === SMALL]).toEqual([false, true])
    expect(headers.get('vary')).toBe('Accept-Encoding')
    expect((await page('/small.html', { 'Accept-Encoding': 'gzip;q=0' })).text).toBe(SMALL)
    expect((await page('/small.html', { ...GZIP, Via: '1.1 x' })).text).toBe(SMALL)
  })

  test('is for the types named, and for bodies long enough', async () => {
    expect((await page('/text/')).headers.get('content-encoding')).toBe('gzip')
    expect((await page('/short/')).text).toBe('short')
  })

  test('is for HTTP/1.0 only where it is allowed', async () => {
    const ask = (path: string) => {
      return once(gateway.port(), request(`GET ${path} HTTP/1.0`, GZIP))
    }
    expect((await ask('/small.html')).text).toBe(SMALL)
    expect(gunzipSync((await ask('/old/small.html')).body).toString()).toBe(SMALL)
  })

  test('gives HEAD the fields of a GET, but for the length', async () => {
    const { headers } = await once(
      gateway.port(),
      request('HEAD /small.html', { ...GZIP, Connection: 'close' }),
    )
    expect(headers.get('content-encoding')).toBe('gzip')
    expect(headers.has('content-length')).toBe(false)
  })

  test('serves on after clients that left in the middle', async () => {
    for (let i = 0; i < 10; i++) {
      const client = await connect(gateway.port())
      await client.send(request('GET /proxied/large.html', GZIP))
      await client.incoming.more(5000)
      client.destroy()
    }
    expect(gunzipSync((await page('/large.html')).body).toString()).toBe(LARGE)
  })
})
