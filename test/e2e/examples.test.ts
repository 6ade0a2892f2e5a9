import { rmSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sign } from '../../plugins-examples/s3-signing/signature.ts'
import { startExample as start } from '../harness/example.ts'
import type { Gateway } from '../harness/gateway.ts'
import { once, request } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { until } from '../harness/wait.ts'

function ask(gateway: Gateway, line: string, headers: Record<string, string> = {}) {
  return once(gateway.port(), request(line, headers))
}

describe('the example', () => {
  test('greeting answers with JSON', async () => {
    const gateway = await start('greeting')
    expect((await ask(gateway, 'GET /hello/you?name=Ann')).text).toBe(
      '{"hello":"Ann","at":"/hello/you"}',
    )
    expect((await ask(gateway, 'GET /world')).text).toBe('{"hello":"world","at":"/world"}')
    expect((await ask(gateway, 'DELETE /world')).status).toBe(405)
  })

  test('banner stands above pages, compressed ones as well', async () => {
    const gateway = await start('banner')
    const above = '<p>Closed on Sundays.</p>\n<h1>Our shop</h1>'
    expect((await ask(gateway, 'GET /page.html')).text).toBe(above)
    expect((await ask(gateway, 'GET /plain.txt')).text).toBe('nothing above me')
    expect((await ask(gateway, 'GET /quiet.html')).text).toBe('<h1>Our office</h1>')
    const zipped = await ask(gateway, 'GET /page.html', { 'Accept-Encoding': 'gzip' })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
  })

  test('sticky-cookie keeps a session where it is', async () => {
    const gateway = await start('sticky-cookie')
    const first = (await ask(gateway, 'GET /', { Cookie: 'session=ann' })).text
    expect(['first', 'second', 'third']).toContain(first)
    for (let i = 0; i < 5; i++) {
      expect((await ask(gateway, 'GET /', { Cookie: 'session=ann' })).text).toBe(first)
    }
    const turns = new Set<string>()
    for (let i = 0; i < 3; i++) turns.add((await ask(gateway, 'GET /')).text)
    expect(turns.size).toBe(3)
  })

  test.skipIf(sqliteMissing)('api-key asks for a key, unless the address is enough', async () => {
    const gateway = await start('api-key')
    const refused = await ask(gateway, 'GET /api/')
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'ApiKey realm="api"',
    ])
    const key = { 'X-Api-Key': 's3cret-of-ann' }
    expect((await ask(gateway, 'GET /api/', key)).text).toBe('hello ann')
    expect((await ask(gateway, 'GET /lan/')).text).toBe('hello ')
  })

  test.skipIf(sqliteMissing)('api-key counts the requests of each key', async () => {
    const gateway = await start('api-key', {
      edit: (yaml) => yaml.replace('rate=60r/m', 'rate=1r/m'),
      expected: [/limiting requests/],
    })
    const statusOf = async (key: string) =>
      (await ask(gateway, 'GET /api/', { 'X-Api-Key': key })).status
    const ann = []
    for (let i = 0; i < 7; i++) ann.push(await statusOf('s3cret-of-ann'))
    expect(ann).toEqual([200, 200, 200, 200, 200, 200, 429])
    expect(await statusOf('s3cret-of-bob')).toBe(200)
    expect(await statusOf('s3cret-of-eve')).toBe(401)
  })

  test('ab-router divides by a hash, unless a field says otherwise', async () => {
    const gateway = await start('ab-router')
    const of = async (headers: Record<string, string>) => {
      const answer = await ask(gateway, 'GET /', headers)
      expect(answer.headers.get('vary')).toBe('X-Variant')
      return answer.text.trim()
    }
    const texts = ['old checkout, a', 'new checkout, b']
    expect(await of({ 'X-Variant': 'a' })).toBe(texts[0])
    expect(await of({ 'X-Variant': 'B' })).toBe(texts[1])
    const groups = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const Cookie = `user=user-${i}`
      const first = await of({ Cookie })
      expect(texts).toContain(first)
      expect(await of({ Cookie, 'X-Variant': 'c' })).toBe(first)
      groups.add(first)
    }
    expect(groups.size).toBe(2)
  })

  test.skipIf(sqliteMissing)('llm-budget charges what was streamed', async () => {
    const gateway = await start('llm-budget')
    const statusOf = async (name: string) =>
      (await ask(gateway, 'POST /v1/chat', { Authorization: `Bearer ${name}` })).status
    expect([await statusOf('ann'), await statusOf('ann')]).toEqual([200, 200])
    await until('the charge', async () => (await statusOf('ann')) === 429)
    const refused = await ask(gateway, 'POST /v1/chat', { Authorization: 'Bearer ann' })
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3600)
    expect(JSON.parse(refused.text).error.type).toBe('insufficient_quota')
    expect(await statusOf('bob')).toBe(200)
    expect((await ask(gateway, 'POST /v1/chat')).status).toBe(403)
  })

  test('trace-context continues a trace, or begins one', async () => {
    const gateway = await start('trace-context')
    const sent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
    const continued = await ask(gateway, 'GET /', { Traceparent: sent })
    expect(continued.text).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/)
    expect(continued.text).not.toBe(sent)
    expect(continued.headers.get('x-request-id')).toBe('0af7651916cd43dd8448eb211c80319c')
    const wrong = [
      '',
      sent.replace(/^00/, 'ff'),
      `${sent}-more`,
      sent.replace('b7ad6b7169203331', '0000000000000000'),
      sent.toUpperCase(),
    ]
    for (const Traceparent of wrong) {
      const { text, headers } = await ask(gateway, 'GET /', { Traceparent })
      expect(text).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      expect(text).not.toContain('0af7651916cd43dd8448eb211c80319c')
      expect(text).toContain(headers.get('x-request-id'))
    }
    const later = await ask(gateway, 'GET /', { Traceparent: `${sent.replace(/^00/, '01')}-more` })
    expect(later.text).toContain('0af7651916cd43dd8448eb211c80319c')
  })

  test('maintenance closes while its file is there, but for those it leaves in', async () => {
    const gateway = await start('maintenance', {
      files: { 'pages/closed.html': '<h1>Closed</h1>' },
    })
    const shop = () => ask(gateway, 'GET /shop/')
    expect((await shop()).text).toBe('open\n')
    gateway.workspace.write('closed', '')
    await until('it to close', async () => (await shop()).status === 503)
    const { headers, text } = await shop()
    expect([headers.get('retry-after'), text]).toEqual(['600', '<h1>Closed</h1>'])
    expect((await ask(gateway, 'GET /staff/')).text).toBe('open\n')
    rmSync(gateway.workspace.path('closed'))
    await until('it to open', async () => (await shop()).status === 200)
  })

  test('canary keeps a client at its version', async () => {
    const gateway = await start('canary')
    const ofCookie = async (Cookie: string) => {
      const { headers, text } = await ask(gateway, 'GET /', Cookie === '' ? {} : { Cookie })
      return [text.trim(), headers.get('set-cookie')?.split(';')[0]]
    }
    expect(await ofCookie('a=b; version=canary')).toEqual(['canary', undefined])
    expect(await ofCookie('version=stable')).toEqual(['stable', undefined])
    const drawn = await Promise.all(Array.from({ length: 200 }, () => ofCookie('version=other')))
    for (const [version, cookie] of drawn) expect(cookie).toBe(`version=${version}`)
    const canaries = drawn.filter(([version]) => version === 'canary').length
    // Of 200 that are drawn with a tenth, fewer than 2 or more than 60 come once in a million times.
    expect(canaries).toBeGreaterThan(1)
    expect(canaries).toBeLessThan(60)
  })

  test('json-redaction lets nothing out that it has not looked through', async () => {
    const gateway = await start('json-redaction', { expected: [/is not let out/] })
    const user = await ask(gateway, 'GET /user')
    expect(user.text).toBe(
      '{"name":"Ann","password":"[redacted]","kin":[{"name":"Bob","ssn":"[redacted]"}]}',
    )
    expect(user.headers.get('content-length')).toBeUndefined()
    const zipped = await ask(gateway, 'GET /user', { 'Accept-Encoding': 'gzip' })
    expect(gunzipSync(zipped.body).toString()).toBe(user.text)
    const broken = await ask(gateway, 'GET /broken').catch(() => undefined)
    expect(broken?.status === 200 && broken.text !== '').toBe(false)
    await gateway.logged(/a response that is no JSON is not let out/)
  })

  test('graphql-depth counts selections, fragments and batches', async () => {
    const gateway = await start('graphql-depth')
    const post = (query: unknown) =>
      once(gateway.port(), request('POST /graphql', {}, JSON.stringify(query)))
    expect((await post({ query: '{ a { b { c } } }' })).text).toMatch(/^asked with \d+ bytes/)
    const refused = await post({ query: '{ a { b { c { d } } } }' })
    expect([refused.status, JSON.parse(refused.text).errors[0].message]).toEqual([
      400,
      'The query is nested too deep: 4, where 3 is the most.',
    ])
    expect((await post([{ query: '{ a }' }, { query: '{a{b{c{d}}}}' }])).status).toBe(400)
    const nested = encodeURIComponent('{a{b{c{d}}}}')
    expect((await ask(gateway, `GET /graphql?query=${nested}`)).status).toBe(400)
    expect((await once(gateway.port(), request('POST /graphql', {}, '{'))).status).toBe(400)
    const beside = `POST /graphql?query=%7Ba%7D&query=${nested}`
    expect((await once(gateway.port(), request(beside, {}, '{}'))).status).toBe(400)
  })

  test('geoip-csv finds the smallest network of a client', async () => {
    const gateway = await start('geoip-csv')
    const from = async (address: string) =>
      (await ask(gateway, 'GET /', { 'X-Forwarded-For': address })).text.trim()
    expect(await from('192.0.2.1')).toBe('AA, served from us')
    expect(await from('192.0.2.200')).toBe('BB, served from eu')
    expect(await from('198.51.100.255')).toBe('CC, served from asia')
    expect(await from('2001:db8::1')).toBe('DD, served from eu')
    expect(await from('::ffff:192.0.2.1')).toBe('AA, served from us')
    expect(await from('203.0.113.1')).toBe(', served from eu')
    expect((await ask(gateway, 'GET /')).text.trim()).toBe('here, served from eu')
  })

  test('ewma comes to prefer the faster peer', async () => {
    const gateway = await start('ewma')
    let fast = 0
    for (let i = 0; i < 60; i++) fast += Number((await ask(gateway, 'GET /')).text === 'fast')
    // Each by itself would have half of them.
    expect(fast).toBeGreaterThan(40)
  })

  test('s3-signing signs what the backend gets', async () => {
    const gateway = await start('s3-signing')
    const { text } = await ask(gateway, 'GET /photos/a%20b.jpg?x=1')
    const [first = '', second = ''] = text.split('\n')
    expect(first).toMatch(/^examplebucket\.s3\.amazonaws\.com \d{8}T\d{6}Z$/)
    const now = new Date(first.slice(-16).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
    const credentials = {
      id: 'AKIAIOSFODNN7EXAMPLE',
      secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'us-east-1',
      host: 'examplebucket.s3.amazonaws.com',
    }
    const asked = { method: 'GET', path: '/photos/a b.jpg', query: 'x=1' }
    expect(second).toBe(sign(asked, credentials, now).authorization)
  })
})
