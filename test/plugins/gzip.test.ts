import { gunzipSync } from 'node:zlib'
import { clientClosed, namesCoding } from 'gateway/plugin'
import { type RequestOptions, type ResponseOptions, underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/gzip/index.ts'
import { StatePool } from '../../src/plugins/gzip/state-pool.ts'
import { StreamState } from '../../src/plugins/gzip/stream-state.ts'

const body = 'A gateway compresses what it sends. '.repeat(300)
const response: ResponseOptions = { body, type: 'text/html' }
const headers = { 'Accept-Encoding': 'gzip, deflate' }
const read = (bytes: Buffer) => (bytes.length > 0 ? gunzipSync(bytes) : bytes)

const pass = (
  directives: Record<string, string> = {},
  change: ResponseOptions = {},
  request: RequestOptions = { headers },
) => {
  const subject = underTest(plugin, { directives: { gzip: 'on', ...directives } })
  return subject.respond({ ...response, ...change }, request)
}

const isCompressed = async (...args: Parameters<typeof pass>) => {
  const { head } = await pass(...args)
  return head?.fields.get('content-encoding') === 'gzip'
}

describe('gzip', () => {
  it('compresses a body that is here as a whole, and tells its new length', async () => {
    const { head, body: made } = await pass()
    expect(gunzipSync(made).toString()).toBe(body)
    expect(made.length).toBeLessThan(body.length / 10)
    expect([head?.length, head?.ranges]).toEqual([made.length, false])
  })

  it('compresses a body as it streams', async () => {
    const subject = underTest(plugin, { directives: { gzip: 'on' } })
    const long = body.repeat(50)
    const { head, body: made } = await subject.respond(
      { ...response, body: long, length: 'unknown' },
      { headers },
      { size: 5000, pace: 'slow' },
    )
    expect(gunzipSync(made).toString()).toBe(long)
    expect(head?.length).toBeUndefined()
  })

  it('lets others have their turn during a long body in one chunk', async () => {
    const opened = underTest(plugin, { directives: { gzip: 'on' } }).open(
      { ...response, body: body.repeat(100) },
      { headers },
    )
    let turns = 0
    let next = setImmediate(function count() {
      turns++
      next = setImmediate(count)
    })
    await opened.into.data(Buffer.from(body.repeat(100)))
    await opened.into.end()
    clearImmediate(next)
    expect(turns).toBeGreaterThan(3)
    expect(gunzipSync(opened.sink.body).length).toBe(body.length * 100)
  })

  it('puts out everything it was given where chunks go out as they come', async () => {
    const subject = underTest(plugin, { directives: { gzip: 'on' } })
    const { into, sink } = subject.open(
      { ...response, flush: true, length: 'unknown' },
      { headers },
    )
    await into.data(Buffer.from('data: one\n\n'))
    const first = gunzipSync(sink.body, { finishFlush: 2 })
    expect(first.toString()).toBe('data: one\n\n')
    await into.end()
  })

  it('makes a strong ETag weak, drops a strange one', async () => {
    const etag = async (ETag: string) =>
      (await pass({}, { fields: { ETag } })).head?.fields.get('etag')
    expect(await etag('"x"')).toBe('W/"x"')
    expect(await etag('W/"x"')).toBe('W/"x"')
    expect(await etag('x')).toBeUndefined()
  })

  it('compresses the types it is told to', async () => {
    expect(await isCompressed({}, { type: 'text/html; charset=utf-8' })).toBe(true)
    expect(await isCompressed({}, { type: 'text/css' })).toBe(false)
    expect(await isCompressed({ gzip_types: 'text/css' }, { type: 'text/css' })).toBe(true)
    expect(await isCompressed({ gzip_types: 'text/css' })).toBe(true)
    expect(await isCompressed({ gzip_types: '*' }, { type: 'image/png' })).toBe(true)
  })

  it('leaves short ones, other statuses and compressed ones alone', async () => {
    expect(await isCompressed({}, { body: 'x'.repeat(19) })).toBe(false)
    expect(await isCompressed({}, { body: 'x'.repeat(20) })).toBe(true)
    expect(await isCompressed({ gzip_min_length: '1m' })).toBe(false)
    expect(await isCompressed({ gzip_min_length: '1m' }, { length: 'unknown' })).toBe(true)
    expect(await isCompressed({}, { status: 206 })).toBe(false)
    expect(await isCompressed({}, { status: 404 })).toBe(true)
    const { text } = await pass({}, { fields: { 'Content-Encoding': 'br' } })
    expect(text).toBe(body)
  })

  it('heeds gzip_http_version, gzip_disable and gzip_vary', async () => {
    const old = { headers, version: 10 }
    expect(await isCompressed({}, {}, old)).toBe(false)
    expect(await isCompressed({ gzip_http_version: '1.0' }, {}, old)).toBe(true)
    const agent = (name: string) => ({ headers: { ...headers, 'User-Agent': name } })
    const off = { gzip_disable: 'msie6 "^curl/"' }
    expect(await isCompressed(off, {}, agent('CURL/8'))).toBe(false)
    expect(await isCompressed(off, {}, agent('Mozilla/4.0 (compatible; MSIE 6.0; W)'))).toBe(false)
    expect(await isCompressed(off, {}, agent('Mozilla/4.0 (MSIE 6.0; W; SV1)'))).toBe(true)
    expect(await isCompressed(off, {}, agent('Mozilla/4.0 (MSIE 6.0) Opera 8'))).toBe(true)
    expect((await pass({ gzip_vary: 'on' })).head?.fields.get('vary')).toBe('Accept-Encoding')
    const plain = await pass({ gzip_vary: 'on' }, {}, {})
    expect([plain.head?.fields.get('vary'), plain.text]).toEqual(['Accept-Encoding', body])
    expect((await pass()).head?.fields.get('vary')).toBeUndefined()
  })

  it.each([
    ['off', {}, {}, false],
    ['any', {}, {}, true],
    ['auth', { Authorization: 'x' }, {}, true],
    ['expired', {}, { Expires: 'Thu, 01 Jan 1970 00:00:01 GMT' }, true],
    ['expired', {}, { Expires: 'Thu, 01 Jan 2970 00:00:01 GMT' }, false],
    ['no-cache', {}, { Expires: 'Thu, 01 Jan 1970 00:00:01 GMT' }, false],
    ['no-cache', {}, { 'Cache-Control': 'max-age=1, no-cache' }, true],
    ['no-store', {}, { 'Cache-Control': 'no-store' }, true],
    ['private', {}, { 'Cache-Control': 'no-store' }, false],
    ['no_etag', {}, { ETag: '"x"' }, false],
    ['no_etag', {}, {}, true],
    ['no_last_modified', {}, {}, true],
  ] as const)('answers proxied requests with gzip_proxied %s', async (word, asked, fields, yes) => {
    const request = { headers: { ...headers, Via: '1.1 cache', ...asked } }
    expect(await isCompressed({ gzip_proxied: word }, { fields }, request)).toBe(yes)
  })

  it.each([
    ['gzip', true],
    ['gzip,deflate', true],
    ['deflate, gzip', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['gzip;q=0.001', true],
    ['gzip; q=1', true],
    ['gzip;q=1.001', false],
    ['gzip;q=2', false],
    ['gzip;q=', false],
    ['deflate;q=0.5, gzip;q=0.8, br', true],
    ['x-gzip', false],
    ['gzipped', false],
    ['*', false],
    ['', false],
  ])('reads Accept-Encoding: %s', (field, yes) => {
    expect(namesCoding(field, 'gzip')).toBe(yes)
  })

  it('tells $gzip_ratio', async () => {
    const { x, body: made } = await pass()
    const ratio = plugin.variables?.gzip_ratio?.get(x)
    expect(ratio).toBe((body.length / made.length).toFixed(2))
    const plain = await pass({}, {}, {})
    expect(plugin.variables?.gzip_ratio?.get(plain.x)).toBeUndefined()
  })

  it('gives its state back after a failure, and never writes to it again', async () => {
    const subject = underTest(plugin, { directives: { gzip: 'on', gzip_comp_level: '7' } })
    const broken = subject.open({ ...response, length: 'unknown' }, { headers })
    await broken.into.data(Buffer.from(body))
    broken.into.fail(clientClosed('it was compressed'))
    const other = subject.open({ ...response, length: 'unknown' }, { headers })
    await broken.into.data(Buffer.from('rubbish'))
    await other.into.data(Buffer.from(body))
    await other.into.end()
    expect(gunzipSync(other.sink.body).toString()).toBe(body)
    expect(broken.sink.faults).toEqual([])
  })

  it.each([
    ['gzip_comp_level', '0'],
    ['gzip_comp_level', '10'],
    ['gzip_window', '100'],
    ['gzip_window', '33k'],
    ['gzip_hash', '256k'],
    ['gzip_buffers', '0 4k'],
    ['gzip_proxied', 'sometimes'],
    ['gzip_http_version', '2'],
  ])('refuses %s %s', (name, value) => {
    expect(() => underTest(plugin, { directives: { [name]: value } })).toThrow(name)
  })

  it.each([
    ['1', '512', '512'],
    ['9', '32k', '128k'],
    ['6', '8k', '16k'],
  ])('works at level %s with a window of %s and a hash of %s', async (level, window, hash) => {
    const directives = { gzip_comp_level: level, gzip_window: window, gzip_hash: hash }
    expect(gunzipSync((await pass(directives)).body).toString()).toBe(body)
  })

  it('works with buffers smaller than its output', async () => {
    const random = Buffer.from(Array.from({ length: 30_000 }, () => Math.random()).join())
    const { body: made } = await pass({ gzip_buffers: '1 64' }, { body: random })
    expect(gunzipSync(made).equals(random)).toBe(true)
  })

  it.each(['known', 'unknown'] as const)(
    'keeps the rules of filters, length %s',
    async (length) => {
      const setup = { directives: { gzip: 'on' } }
      expect(
        await underTest(plugin, setup).filterFaults({ ...response, length }, { headers }, read),
      ).toEqual([])
    },
  )
})

describe('the state of a Node without the direct way', () => {
  const options = { level: 1, windowBits: 15, memLevel: 8, output: 65_536 }

  it('compresses in the same pieces', async () => {
    const state = new StreamState(options)
    const parts = [
      await state.run(Buffer.from(body), 'none'),
      await state.run(Buffer.from('more'), 'sync'),
      await state.run(Buffer.alloc(0), 'finish'),
    ]
    expect(gunzipSync(Buffer.concat(parts)).toString()).toBe(`${body}more`)
    expect(state.reset()).toBe(false)
  })

  it('is not what this Node needs', () => {
    expect(new StatePool(options).borrow()).not.toBeInstanceOf(StreamState)
  })
})
