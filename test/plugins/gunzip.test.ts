import { gzipSync } from 'node:zlib'
import { type RequestOptions, type ResponseOptions, underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/gzip/index.ts'

const TEXT = 'A gateway uncompresses, too. '.repeat(2000)
const response: ResponseOptions = {
  body: gzipSync(TEXT),
  type: 'text/html',
  ranges: true,
  fields: { 'Content-Encoding': 'gzip', ETag: '"e"' },
}
const subject = (directives: Record<string, string> = {}) =>
  underTest(plugin, { directives: { gunzip: 'on', ...directives } })
const GZIP: RequestOptions = { headers: { 'Accept-Encoding': 'gzip' } }

describe('gunzip', () => {
  it('uncompresses for who does not take gzip', async () => {
    const { head, text } = await subject().respond(response)
    expect(text === TEXT).toBe(true)
    expect([head?.length, head?.ranges, head?.fields.get('etag')]).toEqual([
      undefined,
      false,
      'W/"e"',
    ])
    expect(head?.fields.get('content-encoding')).toBeUndefined()
  })

  it('keeps the rules of filters', async () => {
    expect(await subject().filterFaults(response)).toEqual([])
  })

  it('leaves it to who takes it, and what is not compressed', async () => {
    const { head, body } = await subject().respond(response, GZIP)
    expect([head?.fields.get('content-encoding'), body.equals(response.body as Buffer)]).toEqual([
      'gzip',
      true,
    ])
    const plain = await subject().respond({ body: 'x', type: 'text/html' })
    expect([plain.text, plain.head?.length]).toEqual(['x', 1])
  })

  it('goes by what gzip goes by: the version, and what came through a proxy', async () => {
    const old = { ...GZIP, version: 10 }
    expect((await subject().respond(response, old)).text === TEXT).toBe(true)
    const via = { headers: { 'Accept-Encoding': 'gzip', Via: '1.1 x' } }
    expect((await subject().respond(response, via)).text === TEXT).toBe(true)
    const any = await subject({ gzip_proxied: 'any' }).respond(response, via)
    expect(any.head?.fields.get('content-encoding')).toBe('gzip')
  })

  it('says once that it depends', async () => {
    const both = subject({ gzip: 'on', gzip_vary: 'on' })
    for (const request of [{}, GZIP]) {
      const { head } = await both.respond(response, request)
      expect(head?.fields.all('vary')).toEqual(['Accept-Encoding'])
    }
  })

  it('fails with what is no gzip, or is cut', async () => {
    await expect(subject().respond({ ...response, body: 'no gzip' })).rejects.toThrow('header')
    const half = gzipSync(TEXT).subarray(0, 60)
    await expect(subject().respond({ ...response, body: half })).rejects.toThrow('unexpected end')
  })

  it('makes no more of a few bytes than is taken', async () => {
    const zeros = gzipSync(Buffer.alloc(20_000_000))
    const { into, sink } = subject().open({ ...response, body: zeros })
    let release: (() => void) | undefined
    let taken = 0
    Object.assign(sink, {
      data: (chunk: Uint8Array) => {
        taken += chunk.length
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
    })
    const poured = Promise.resolve(into.data(zeros))
    while (!release) await new Promise(setImmediate)
    // Whatever zlib does by itself has been done after some turns.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    expect(taken).toBeLessThanOrEqual(131_072)
    Object.assign(sink, {
      data: (chunk: Uint8Array) => {
        taken += chunk.length
      },
    })
    release()
    await poured
    await into.end()
    expect(taken).toBe(20_000_000)
  })
})
