import { brotliDecompressSync } from 'node:zlib'
import { type RequestOptions, type ResponseOptions, underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/brotli/index.ts'
import { createZstd } from '../../src/plugins/zstd/create-zstd.ts'
import zstd from '../../src/plugins/zstd/index.ts'

const TEXT = 'A gateway compresses what it sends. '.repeat(300)
const response: ResponseOptions = {
  body: TEXT,
  type: 'text/html',
  ranges: true,
  fields: { ETag: '"e"' },
}
const BR: RequestOptions = { headers: { 'Accept-Encoding': 'gzip, br' } }
const read = (bytes: Buffer) => (bytes.length > 0 ? brotliDecompressSync(bytes) : bytes)
const subject = (directives: Record<string, string> = {}) =>
  underTest(plugin, { directives: { brotli: 'on', ...directives } })

const isCompressed = async (
  directives: Record<string, string>,
  change: ResponseOptions = {},
  request = BR,
) => {
  const { head } = await subject(directives).respond({ ...response, ...change }, request)
  return head?.fields.get('content-encoding') === 'br'
}

describe('brotli', () => {
  it('compresses, and makes the head one of what comes out', async () => {
    const { body, head, x } = await subject().respond(response, BR)
    expect(brotliDecompressSync(body).toString()).toBe(TEXT)
    expect(head?.fields.get('content-encoding')).toBe('br')
    expect([head?.length, head?.ranges, head?.fields.get('etag')]).toEqual([
      undefined,
      false,
      'W/"e"',
    ])
    const ratio = plugin.variables?.brotli_ratio?.get(x)
    expect(ratio).toBe((TEXT.length / body.length).toFixed(2))
  })

  it('keeps the rules of filters', async () => {
    expect(await subject().filterFaults(response, BR, read)).toEqual([])
  })

  it('puts out everything it was given where chunks go out as they come', async () => {
    const { into, sink } = subject().open({ ...response, flush: true, length: 'unknown' }, BR)
    await into.data(Buffer.from('data: one\n\n'))
    const first = brotliDecompressSync(sink.body, { finishFlush: 0 })
    expect(first.toString()).toBe('data: one\n\n')
    await into.end()
  })

  it('is for who names br, for the statuses, types and lengths that are worth it', async () => {
    const accepting = (field: string) =>
      isCompressed({}, {}, { headers: { 'Accept-Encoding': field } })
    expect(await accepting('br;q=0.5')).toBe(true)
    for (const field of ['', 'gzip', '*', 'br;q=0', 'brx', 'xbr']) {
      expect(await accepting(field)).toBe(false)
    }
    expect(await isCompressed({}, { status: 500 })).toBe(false)
    expect(await isCompressed({}, { status: 404 })).toBe(true)
    expect(await isCompressed({}, { type: 'text/css' })).toBe(false)
    expect(await isCompressed({ brotli_types: 'text/css' }, { type: 'text/css' })).toBe(true)
    expect(await isCompressed({ brotli_min_length: '20k' })).toBe(false)
    expect(await isCompressed({}, { fields: { 'Content-Encoding': 'x' } })).toBe(false)
  })

  it('takes its level and window', async () => {
    const size = async (directives: Record<string, string>) =>
      (await subject(directives).respond(response, BR)).body.length
    expect(await size({ brotli_comp_level: '11' })).toBeLessThan(
      await size({ brotli_comp_level: '0' }),
    )
    const { body } = await subject({ brotli_window: '1k' }).respond(response, BR)
    expect(brotliDecompressSync(body).toString()).toBe(TEXT)
    for (const wrong of ['3k', '512', '32m', 'x']) {
      expect(() => subject({ brotli_window: wrong })).toThrow('brotli_window')
    }
    expect(() => subject({ brotli_comp_level: '12' })).toThrow('12 is not between 0 and 11')
  })
})

describe('zstd', () => {
  it.skipIf(createZstd)('is refused where Node has none', () => {
    expect(() => underTest(zstd, { directives: { zstd: 'on' } })).toThrow(
      `Node ${process.version} has no zstd`,
    )
    expect(underTest(zstd, { directives: { zstd: 'off' } }).config).toBeUndefined()
  })

  it.skipIf(!createZstd)('compresses', async () => {
    const { body, head } = await underTest(zstd, { directives: { zstd: 'on' } }).respond(response, {
      headers: { 'Accept-Encoding': 'zstd' },
    })
    expect(head?.fields.get('content-encoding')).toBe('zstd')
    // The magic number of a frame (RFC 8878).
    expect(body.readUInt32LE(0)).toBe(0xfd2fb528)
    expect(body.length).toBeLessThan(TEXT.length / 10)
  })

  it('refuses levels there are not', () => {
    expect(() => underTest(zstd, { directives: { zstd_comp_level: '23' } })).toThrow('23')
  })
})
