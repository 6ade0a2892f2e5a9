import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type HttpOrigin, httpOrigin, type Recorded } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Twins, twins } from '../harness/twins.ts'
import { until } from '../harness/wait.ts'

const LONG = Array.from({ length: 1050 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('')

/** The part of LONG that a request asks for, as a server of files answers. */
function part({ headers, target }: Recorded): Answer {
  const body = target.startsWith('/empty') ? '' : LONG
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get('range') ?? '') ?? []
  const fields: [string, string][] = [['ETag', '"one"']]
  if (first === undefined) return { headers: fields, body }
  const end = Math.min(Number(last) + 1, body.length)
  if (Number(first) >= end) {
    return { status: 416, headers: [['Content-Range', `bytes */${body.length}`]], body: 'none' }
  }
  fields.push(['Content-Range', `bytes ${first}-${end - 1}/${body.length}`])
  fields.push(['Accept-Ranges', 'bytes'])
  return { status: 206, headers: fields, body: body.slice(Number(first), end) }
}

/** Answers like `part`, but for what the target says is wrong with the second slice. */
function faulty(asked: Recorded): Answer {
  const answer = part(asked)
  const fields = new Map(answer.headers ?? [])
  const change = (name: string, value: string): Answer => {
    return { ...answer, headers: [...fields.set(name, value)] }
  }
  const isFirst = asked.headers.get('range')?.startsWith('bytes=0-') === true
  const [, which, fault] = asked.target.split('/')
  if ((which === 'first') !== isFirst) return answer
  switch (fault) {
    case 'etag':
      return change('ETag', '"two"')
    case 'status':
      return { status: 200, body: LONG }
    case 'gone':
      return { status: 404, body: 'gone' }
    case 'other':
      return change('Content-Range', 'bytes 200-299/1050')
    case 'narrow':
      return change('Content-Range', 'bytes 0-49/1050')
    case 'unknown':
      return change('Content-Range', 'bytes 0-99/*')
    case 'false':
      return change('Content-Range', 'bytes 0-99999999999999999999/99999999999999999999')
    case 'text':
      return change('Content-Range', 'pages 1-2/3')
    case 'total':
      return change('Content-Range', 'bytes 100-199/2000')
    case 'short':
      return { ...answer, body: 'short' }
    case 'long':
      return { ...answer, body: 'x'.repeat(150) }
    default:
      return answer
  }
}

const SLICED = (origin: HttpOrigin) => `
  slice 100;
  location / { proxy_pass http://${origin.address}; proxy_set_header Range $slice_range; }
  location /off/ { slice 0; proxy_pass http://${origin.address}; proxy_set_header Range $slice_range; }
  location /unused/ { proxy_pass http://${origin.address}; }
  location ~ ^/captured/(.*)$ { set $kept $1; proxy_pass http://${origin.address}/$kept; proxy_set_header Range $slice_range; proxy_set_header X-Kept "$1 $kept"; }
  location /named/ { try_files /none @named; }
  location @named { proxy_pass http://${origin.address}; proxy_set_header Range $slice_range; }
`

const ranges = ({ requests }: HttpOrigin) => requests.map(({ headers }) => headers.get('range'))

describe.skipIf(nginxMissing())('as nginx does', () => {
  let pair: Twins
  let origin: HttpOrigin
  beforeAll(async () => {
    origin = await httpOrigin(part)
    pair = await twins(SLICED(origin))
  })

  const same = async (target: string, range?: string, more: Record<string, string> = {}) => {
    const headers: Record<string, string> = range === undefined ? more : { Range: range, ...more }
    origin.takeRequests()
    const { ours, theirs } = await pair.ask(target, { headers })
    expect(ours).toEqual(theirs)
    const asked = ranges(origin)
    expect(asked.slice(0, asked.length / 2)).toEqual(asked.slice(asked.length / 2))
    return { ...ours, asked: asked.slice(0, asked.length / 2) }
  }

  test('all slices, one after the other, are one answer', async () => {
    const { status, body, fields, asked } = await same('/a')
    expect([status, body]).toEqual([200, LONG])
    expect(fields).toContain('content-length: 1050')
    expect(asked).toHaveLength(11)
    expect(asked.slice(0, 2)).toEqual(['bytes=0-99', 'bytes=100-199'])
    // The second request finds variables, captures and its location as the first.
    for (const target of ['/captured/x', '/named/x']) {
      expect((await same(target)).body).toBe(LONG)
    }
    expect(origin.requests.every(({ headers }) => headers.get('x-kept') === undefined)).toBe(true)
    await same('/captured/x')
    expect(new Set(origin.requests.map(({ headers }) => headers.get('x-kept')))).toEqual(
      new Set(['x x']),
    )
  })

  test.each([
    ['bytes=0-0', 1],
    ['bytes=0-99', 1],
    ['bytes=0-100', 2],
    ['bytes=150-160', 1],
    ['bytes=199-200', 2],
    ['bytes=250-', 9],
    ['bytes=1049-', 1],
    ['bytes=1000-5000', 1],
    ['bytes=-1', 2],
    ['bytes=-150', 3],
    ['bytes=-5000', 11],
    ['bytes=5-4', 1],
    ['bytes=0-0,5-6', 11],
    ['pages=1-2', 11],
    ['bytes=', 11],
    ['bytes=-', undefined],
    ['bytes=x', undefined],
    ['bytes=99999999999999999999-', undefined],
    ['bytes=2000-', undefined],
  ])('%s', async (range, slices) => {
    const { asked } = await same('/a', range)
    if (slices !== undefined) expect(asked).toHaveLength(slices)
  })

  test.each(['/off/', '/unused/', '/empty'])('%s', async (target) => {
    await same(target)
    await same(target, 'bytes=150-160')
  })

  test('a condition on the range makes the first slice the first of the whole', async () => {
    expect((await same('/a', 'bytes=550-560', { 'If-Range': '"one"' })).asked[0]).toBe('bytes=0-99')
    expect((await same('/a', 'bytes=550-560', { 'If-Range': '"two"' })).status).toBe(200)
  })

  test('a HEAD is asked for once', async () => {
    origin.takeRequests()
    const { ours, theirs } = await pair.ask('/a', { method: 'HEAD' })
    expect(ours).toEqual(theirs)
    expect(ranges(origin)).toEqual(['bytes=0-99', 'bytes=0-99'])
  })
})

describe('slices that are none', async () => {
  const origin = await httpOrigin(faulty)
  const gateway = await startGateway({
    yaml: `
http:
  slice: 100
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: "http://${origin.address}", proxy_set_header: Range $slice_range }
`,
    expected: [/slice response/, /upstream/],
  })

  test.each([
    ['other', 'unexpected range in slice response: 200-300, expected: 0-100'],
    ['narrow', 'unexpected range in slice response: 0-50, expected: 0-100'],
    ['unknown', 'no complete length in slice response'],
    ['false', 'invalid range in slice response'],
    ['text', 'invalid range in slice response'],
  ])('the first: %s', async (fault, text) => {
    origin.takeRequests()
    expect((await get(gateway.port(), `/first/${fault}`)).status).toBe(502)
    await gateway.logged(new RegExp(`${text}.*request: "GET /first/${fault} `))
    expect(ranges(origin)).toEqual(['bytes=0-99'])
  })

  test('where the first is the whole, or an error, it is the answer', async () => {
    expect((await get(gateway.port(), '/first/status')).text).toBe(LONG)
    expect((await get(gateway.port(), '/first/gone')).status).toBe(404)
  })

  test.each([
    ['etag', 'etag mismatch in slice response', 100],
    ['status', 'unexpected status code 200 in slice response', 100],
    ['gone', 'unexpected status code 404 in slice response', 100],
    ['other', 'unexpected range in slice response: 200-300, expected: 100-200', 100],
    ['total', 'another complete length in slice response', 100],
    ['text', 'invalid range in slice response', 100],
    ['short', '5 bytes in slice response of 100', 105],
    ['long', '150 bytes in slice response of 100', 200],
  ])('the second: %s', async (fault, text, sent) => {
    origin.takeRequests()
    const client = await connect(gateway.port())
    await client.send(request(`GET /second/${fault}`, {}))
    const [head = '', body = ''] = `${await client.incoming.rest()}`.split('\r\n\r\n')
    expect(head).toContain('Content-Length: 1050')
    expect(body).toHaveLength(sent)
    expect(ranges(origin)).toEqual(['bytes=0-99', 'bytes=100-199'])
    await gateway.logged(new RegExp(`${text}.*request: "GET /second/${fault} `))
  })

  test('what changes something is asked for once, and whole', async () => {
    origin.takeRequests()
    const posted = request('POST /a', { Connection: 'close' }, 'a body')
    expect((await once(gateway.port(), posted)).text).toBe(LONG)
    expect(ranges(origin)).toEqual([undefined])
  })

  test('a client that leaves is answered no further', async () => {
    origin.takeRequests()
    const held: (() => void)[] = []
    const slow = await httpOrigin(async (asked) => {
      if (!asked.headers.get('range')?.startsWith('bytes=0-')) {
        await new Promise<void>((resolve) => held.push(resolve))
      }
      return part(asked)
    })
    const other = await startGateway({
      yaml: `
http:
  slice: 100
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: access.log
      location:
        /: { proxy_pass: "http://${slow.address}", proxy_set_header: Range $slice_range }
`,
      expected: [/./],
    })
    const client = await connect(other.port())
    await client.send(request('GET /a', {}))
    await client.incoming.until('\r\n\r\n')
    await until('the second slice', () => held.length === 1)
    client.destroy()
    await until('its line', () => other.accessLog().includes('GET /a'))
    for (const release of held) release()
    expect(ranges(slow)).toEqual(['bytes=0-99', 'bytes=100-199'])
  })
})
