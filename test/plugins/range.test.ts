import type { ByteRange, Head } from 'gateway/plugin'
import { type ResponseOptions, underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/range/index.ts'

const body = Array.from({ length: 1000 }, (_, i) => String(i % 10)).join('')
const response: ResponseOptions = {
  body,
  type: 'text/plain',
  ranges: true,
  modified: Date.UTC(2026, 8, 28),
  fields: { ETag: '"a-b"' },
}

const ask = (Range: string, headers = {}, max = '10') => {
  const subject = underTest(plugin, { directives: { max_ranges: max } })
  return subject.respond(response, { headers: { Range, ...headers } })
}

/** The parts of a multipart body: what stands in their heads, and their bytes. */
const partsOf = (type: string | undefined, text: string) => {
  const boundary = /^multipart\/byteranges; boundary=(\d{20})$/.exec(type ?? '')?.[1]
  expect(text.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true)
  return text
    .split(`\r\n--${boundary}`)
    .slice(1, -1)
    .map((part) => part.split('\r\n\r\n'))
}

describe('range', () => {
  it('says that it serves ranges', async () => {
    const { status, head } = await underTest(plugin).respond(response)
    expect([status, head?.fields.get('accept-ranges')]).toEqual([200, 'bytes'])
  })

  it.each([
    ['bytes=0-9', 'bytes 0-9/1000'],
    ['bytes=990-', 'bytes 990-999/1000'],
    ['bytes=-7', 'bytes 993-999/1000'],
    ['bytes=-5000', 'bytes 0-999/1000'],
    ['bytes=995-5000', 'bytes 995-999/1000'],
    ['bytes= 5 - 6 ', 'bytes 5-6/1000'],
    ['bytes=5-6,2000-', 'bytes 5-6/1000'],
    ['BYTES=0-0', 'bytes 0-0/1000'],
  ])('answers %s with %s', async (range, answer) => {
    const { status, head, text } = await ask(range)
    expect([status, head?.fields.get('content-range')]).toEqual([206, answer])
    const [, first, last] = /(\d+)-(\d+)/.exec(answer) ?? []
    expect(text).toBe(body.slice(Number(first), Number(last) + 1))
    expect(head?.length).toBe(text.length)
  })

  it.each([
    'bytes=1000-',
    'bytes=a-b',
    'bytes=5',
    'bytes=-',
    'bytes=6-5',
    'bytes=9999-',
    'bytes=1-2,x',
    'bytes=0-99999999999999999999',
  ])('refuses %s with 416', async (range) => {
    const { status, head, text } = await ask(range)
    expect([status, head?.fields.get('content-range')]).toEqual([416, 'bytes */1000'])
    expect(text).toContain('416 Requested Range Not Satisfiable')
    expect(head?.fields.get('etag')).toBeUndefined()
  })

  it.each(['lines=1-2', 'bytes', 'bytes=0--0', 'bytes=-0,'])(
    'never breaks on %s',
    async (range) => {
      expect([200, 416]).toContain((await ask(range)).status)
    },
  )

  it('gives several ranges as parts, in the order asked for', async () => {
    const { status, head, text } = await ask('bytes=10-11,0-2,-1')
    expect(status).toBe(206)
    expect(head?.length).toBe(text.length)
    expect(head?.fields.get('content-range')).toBeUndefined()
    expect(partsOf(head?.type, text)).toEqual([
      ['\r\nContent-Type: text/plain\r\nContent-Range: bytes 10-11/1000', '01'],
      ['\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-2/1000', '012'],
      ['\r\nContent-Type: text/plain\r\nContent-Range: bytes 999-999/1000', '9'],
    ])
  })

  it('gives the parts of a streaming body in its own order, joined where they overlap', async () => {
    const { head, text, sink } = await underTest(plugin).respond(
      response,
      { headers: { Range: 'bytes=10-12,0-2,2-3' } },
      { size: 3, pace: 'slow' },
    )
    expect(partsOf(head?.type, text).map(([, bytes]) => bytes)).toEqual(['0123', '012'])
    expect([head?.length, sink.faults]).toEqual([text.length, []])
  })

  it('gives the whole where there are more ranges than max_ranges, or more bytes than it has', async () => {
    expect((await ask('bytes=0-1,2-3', {}, '1')).status).toBe(200)
    expect((await ask('bytes=0-1', {}, '1')).status).toBe(206)
    expect((await ask('bytes=0-1', {}, '0')).status).toBe(200)
    expect((await ask('bytes=0-,0-,0-')).status).toBe(200)
  })

  it('weighs many small ranges against the whole where no limit was set', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `${i * 2}-${i * 2}`).join()
    expect((await ask(`bytes=${many}`, {}, '1000')).status).toBe(206)
    const unlimited = underTest(plugin).respond(response, { headers: { Range: `bytes=${many}` } })
    expect((await unlimited).status).toBe(200)
  })

  it.each([
    [{ 'If-Range': '"a-b"' }, 206],
    [{ 'If-Range': '"other"' }, 200],
    [{ 'If-Range': 'Mon, 28 Sep 2026 00:00:00 GMT' }, 206],
    [{ 'If-Range': 'Mon, 28 Sep 2026 00:00:01 GMT' }, 200],
    [{ 'If-Range': 'W/"a-b"' }, 200],
  ])('heeds %o with %i', async (headers, status) => {
    expect((await ask('bytes=0-1', headers)).status).toBe(status)
  })

  it('leaves alone what has no known length, or does not allow ranges', async () => {
    const headers = { Range: 'bytes=0-1' }
    const subject = underTest(plugin)
    for (const change of [{ length: 'unknown' }, { ranges: false }, { status: 404 }] as const) {
      const { status, head } = await subject.respond({ ...response, ...change }, { headers })
      expect([status, head?.fields.get('accept-ranges')]).toEqual([change.status ?? 200, undefined])
    }
  })

  it('asks a source that can seek for the parts alone', async () => {
    for (const [range, parts] of [
      ['bytes=5-6', [{ start: 5, end: 7 }]],
      [
        'bytes=5-6,1-1',
        [
          { start: 5, end: 7 },
          { start: 1, end: 2 },
        ],
      ],
    ] as const) {
      let asked: readonly ByteRange[] = []
      const seeking = underTest({
        ...plugin,
        filters: {
          receive: (x, next) => {
            const head = x.head as Head
            head.seek = (wanted) => {
              asked = wanted
            }
            return next
          },
          ...plugin.filters,
        },
      })
      const opened = seeking.open(response, { headers: { Range: range } })
      expect(asked).toEqual(parts)
      for (const { start, end } of asked)
        await opened.into.data(Buffer.from(body.slice(start, end)))
      await opened.into.end()
      expect(opened.sink.headGiven?.length).toBe(opened.sink.body.length)
      for (const { start, end } of parts) {
        expect(opened.sink.body.toString()).toContain(body.slice(start, end))
      }
    }
  })

  it('gives a HEAD request the length without the bytes', async () => {
    const { into, sink } = underTest(plugin).open(response, {
      method: 'HEAD',
      headers: { Range: 'bytes=0-1,5-6' },
    })
    await into.end()
    expect([sink.headGiven?.status, sink.body.length]).toEqual([206, 0])
    expect(sink.headGiven?.length).toBeGreaterThan(100)
  })

  it.each(['bytes=3-500', 'bytes=0-0,10-20,500-', 'bytes=5000-', 'bytes=0-'])(
    'keeps the rules of filters with %s',
    async (Range) => {
      // Boundaries differ from response to response.
      const read = (bytes: Buffer) => Buffer.from(bytes.toString().replace(/--\d{20}/g, '--'))
      expect(await underTest(plugin).filterFaults(response, { headers: { Range } }, read)).toEqual(
        [],
      )
    },
  )
})
