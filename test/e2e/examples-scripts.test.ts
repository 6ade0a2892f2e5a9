import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { startExample } from '../harness/example.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type Answer, type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { origin as originOf } from '../harness/origin.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { until } from '../harness/wait.ts'

describe('the example html-banner', () => {
  test('puts its banner into the body, whatever comes before', async () => {
    const gateway = await startExample('html-banner')
    const page =
      '<!doctype html><title>Shop</title><body class=shop><div role="status" class="banner">Closed &#60;on&#62; Sundays.</div><h1>Our shop</h1>'
    const plain = await get(gateway.port(), '/')
    expect([plain.text, plain.headers.get('etag')]).toEqual([page, undefined])
    expect((await get(gateway.port(), '/plain')).text).toBe('<body>')
    const zipped = await get(gateway.port(), '/', { 'Accept-Encoding': 'gzip' })
    expect(gunzipSync(zipped.body).toString()).toBe(page)
    expect((await once(gateway.port(), request('HEAD /'))).status).toBe(200)
  })
})

describe.skipIf(sqliteMissing)('the example response-cache', () => {
  let gateway: Gateway
  let origin: HttpOrigin
  let answer: Answer = {}
  beforeAll(async () => {
    origin = await httpOrigin(() => answer)
    gateway = await startExample('response-cache', {
      edit: (yaml) => yaml.replace('server: 127.0.0.1:8081', `server: "${origin.address}"`),
    })
  })

  /** Asks, and says whether the origin was asked as well. */
  async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
    origin.takeRequests()
    const got = await once(gateway.port(), request(`${method} ${path}`, headers))
    return { got, asked: origin.requests.length }
  }

  /** Asks until what was stored behind an answer is found: its header is the cache's. */
  const untilHit = (path: string, headers: Record<string, string> = {}) =>
    until('a hit', async () => {
      const { asked, got } = await ask(path, headers)
      return asked === 0 ? got : undefined
    })

  function answers(body: string, ...headers: [string, string][]): void {
    answer = { body, headers }
  }

  test('answers again what may be used again, with its age', async () => {
    answers(
      'one',
      ['Cache-Control', 'max-age=600'],
      ['ETag', '"1"'],
      ['X-Other', 'yes'],
      ['Age', '7'],
    )
    const first = await ask('/a')
    expect([first.asked, first.got.text]).toEqual([1, 'one'])
    expect(first.got.headers.get('cache-status')).toBe('gateway; fwd=uri-miss; stored')
    const hit = await untilHit('/a')
    expect([hit.status, hit.text, hit.headers.get('x-other')]).toEqual([200, 'one', 'yes'])
    expect(Number(hit.headers.get('age'))).toBeGreaterThanOrEqual(7)
    expect(hit.headers.get('cache-status')).toMatch(/^gateway; hit; ttl=5\d\d$/)
    const known = await ask('/a', { 'If-None-Match': '"1"' })
    expect([known.asked, known.got.status]).toEqual([0, 304])
    expect((await ask('/a', { 'Cache-Control': 'no-cache' })).asked).toBe(1)
  })

  test('keeps large bodies', async () => {
    const body = 'x'.repeat(3_000_000)
    answers(body, ['Cache-Control', 'max-age=600'])
    await ask('/large')
    expect((await untilHit('/large')).text).toBe(body)
  })

  test('keeps the variants apart that Vary names', async () => {
    const inLanguage = (language: string) => ({ 'Accept-Language': language })
    for (const language of ['de', 'en']) {
      answers(language, ['Cache-Control', 'max-age=600'], ['Vary', 'Accept-Language'])
      await ask('/v', inLanguage(language))
      expect((await untilHit('/v', inLanguage(language))).text).toBe(language)
    }
    expect((await untilHit('/v', inLanguage('de'))).text).toBe('de')
    expect((await ask('/v', inLanguage('fr'))).asked).toBe(1)
  })

  test('forgets what a change has made old', async () => {
    answers('before', ['Cache-Control', 'max-age=600'])
    await ask('/c')
    await untilHit('/c')
    answers('done')
    await ask('/c', {}, 'POST')
    answers('after', ['Cache-Control', 'max-age=600'])
    await until('the change', async () => (await ask('/c')).got.text === 'after')
    expect((await untilHit('/c')).text).toBe('after')
  })

  test.each<[string, [string, string][], Record<string, string>?]>([
    ['says nothing of how long it lasts', []],
    ['must not be stored', [['Cache-Control', 'max-age=600, no-store']]],
    ['is for one client', [['Cache-Control', 'private="x", max-age=600']]],
    ['has to be validated', [['Cache-Control', 'No-Cache, max-age=600']]],
    ['is stale for shared caches', [['Cache-Control', 'max-age=600, s-maxage=0']]],
    [
      'is older than it may become',
      [
        ['Cache-Control', 'max-age=60'],
        ['Age', '60'],
      ],
    ],
    ['lasts for no number', [['Cache-Control', 'max-age=soon']]],
    ['has expired', [['Expires', '0']]],
    [
      'varies by everything',
      [
        ['Cache-Control', 'max-age=600'],
        ['Vary', '*'],
      ],
    ],
    [
      'sets a cookie',
      [
        ['Cache-Control', 'max-age=600'],
        ['Set-Cookie', 'a=b'],
      ],
    ],
    [
      'was asked with credentials',
      [['Cache-Control', 'max-age=600']],
      { Authorization: 'Basic eA==' },
    ],
    ['was asked in secret', [['Cache-Control', 'max-age=600']], { 'Cache-Control': 'no-store' }],
  ])('does not store what %s', async (name, headers, fields = {}) => {
    const path = `/no/${encodeURIComponent(name)}`
    answers('x', ...headers)
    const first = await ask(path, fields)
    expect(first.got.headers.get('cache-status') ?? '').not.toContain('stored')
    expect((await ask(path, fields)).asked).toBe(1)
  })

  test('stores nothing of a body that broke off', async () => {
    const broken = await originOf(async (peer) => {
      await peer.request()
      const head = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 9\r\n\r\n'
      await peer.send(Buffer.from(`${head}half`))
    })
    const beside = await startExample('response-cache', {
      edit: (yaml) => yaml.replace('server: 127.0.0.1:8081', `server: "${broken.address}"`),
      expected: [/its answer broke off/],
    })
    for (let i = 0; i < 2; i++) await get(beside.port(), '/broken').catch(() => undefined)
    await until('both', async () => broken.accepted === 2 || undefined)
  })
})
