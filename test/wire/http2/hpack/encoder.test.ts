import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HpackDecoder } from '../../../../src/wire/http2/hpack/decoder.ts'
import { HpackEncoder, mostHeadSize } from '../../../../src/wire/http2/hpack/encoder.ts'
import { FieldBlock } from '../../../../src/wire/http2/hpack/field-block.ts'

const LIMITS = { tableSize: 4096, mostBytes: 2 ** 20, mostFields: 1000 }
const DATE = 'Mon, 21 Oct 2013 20:13:21 GMT'

interface Coder {
  readonly encoder: HpackEncoder
  /** A head as hexadecimal. */
  head(status: number, ...fields: string[]): string
}

function coding(): Coder {
  const encoder = new HpackEncoder()
  return {
    encoder,
    head: (status, ...fields) => {
      const out = Buffer.alloc(2 + mostHeadSize(fields))
      return out.toString('hex', 2, encoder.encode(out, 2, status, fields))
    },
  }
}

test('a status of the static table is one byte, another is remembered', () => {
  const { head } = coding()
  expect([200, 204, 206, 304, 400, 404, 500].map((status) => head(status))).toEqual([
    '88',
    '89',
    '8a',
    '8b',
    '8c',
    '8d',
    '8e',
  ])
  expect([head(302), head(307), head(302), head(307)]).toEqual([
    '48826402',
    '4803333037',
    'bf',
    'be',
  ])
})

test('it writes the example of RFC 7541 C.6', () => {
  const { head } = coding()
  expect(head(302, 'Cache-Control', 'private', 'Date', DATE)).toBe(
    '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff',
  )
  expect(head(302, 'cache-control', 'private', 'DATE', DATE)).toBe('c0bfbe')
})

test('Huffman coding is used where it is shorter', () => {
  const { head } = coding()
  expect(head(200, 'Location', 'aaaaaaaa')).toBe('880f1f8518c6318c63')
  expect(head(200, 'Location', '{}{}')).toBe('880f1f047b7d7b7d')
  expect(head(200, 'Location', '')).toBe('880f1f00')
})

test('a field of many values is remembered when one comes again', () => {
  const { head } = coding()
  const once = head(200, 'ETag', '"1"')
  expect(once).toMatch(/^880f13/)
  expect(head(200, 'ETag', '"2"')).toMatch(/^880f13/)
  expect(head(200, 'ETag', '"2"')).toMatch(/^8862/)
  expect(head(200, 'ETag', '"2"')).toBe('88be')
  // Several values of one name are found, whichever came last.
  expect(head(200, 'ETag', '"3"')).toMatch(/^880f13/)
  expect(head(200, 'ETag', '"3"')).toMatch(/^8862/)
  expect(head(200, 'ETag', '"2"', 'ETag', '"3"')).toBe('88bfbe')
})

test('a name of neither table is sent once, then it has an index as well', () => {
  const { head } = coding()
  const name = `x-${'a'.repeat(10)}`
  expect(head(200, name, '1')).toMatch(/^8800/)
  expect(head(200, name, '1')).toMatch(/^8840/)
  expect(head(200, name, '2')).toBe('880f2f0132')
})

test('secrets are never remembered, by nobody on the way', () => {
  const { head } = coding()
  for (let i = 0; i < 3; i++) {
    expect(head(200, 'Set-Cookie', '{}')).toBe('881f28027b7d')
    expect(head(200, 'authorization', '{}')).toBe('881f08027b7d')
    expect(head(200, 'Cookie', '{}')).toBe('881f11027b7d')
    expect(head(200, 'Proxy-Authorization', '{}')).toBe('881f22027b7d')
  }
})

test('what is large drives nothing out', () => {
  const { head } = coding()
  head(200, 'Server', 'a')
  for (const size of [1000, 5000]) {
    for (let i = 0; i < 3; i++) head(200, 'X-Large', 'b'.repeat(size))
  }
  expect(head(200, 'Server', 'a')).toBe('88be')
})

test('the table is as large as the other side allows, and it is told', () => {
  const { encoder, head } = coding()
  const server = () => head(200, 'Server', '{}')
  expect([server(), server()]).toEqual(['8876027b7d', '88be'])
  encoder.allowTable(2 ** 31)
  expect(server()).toBe('88be')
  encoder.allowTable(0)
  expect([server(), server()]).toEqual(['20880f27027b7d', '880f27027b7d'])
  encoder.allowTable(2 ** 31)
  expect([server(), server()]).toEqual(['3fe11f8876027b7d', '88be'])
  // Less, then more again: what was dropped at the smallest must be known (section 4.2).
  encoder.allowTable(0)
  encoder.allowTable(1000)
  encoder.allowTable(4096)
  expect([server(), server()]).toEqual(['203fe11f8876027b7d', '88be'])
  encoder.allowTable(1000)
  expect([server(), server()]).toEqual(['3fc90788be', '88be'])
})

test('names without end are sent, and cost no memory', () => {
  const { head } = coding()
  for (let i = 0; i < 2000; i++) head(200, `X-Many-${i}`, '1')
  const unknown = head(200, 'X-Another', '1')
  expect(unknown).toMatch(/^8800/)
  expect(head(200, 'X-Another', '1')).toBe(unknown)
  expect(head(200, 'SERVER', 'a')).toBe('88760161')
  expect(head(200, 'sErVer', 'a')).toBe('88be')
})

const name = fc.oneof(
  fc.constantFrom(
    'Server',
    'date',
    'etag',
    'Set-Cookie',
    'x-a',
    'X-B',
    'content-type',
    'authorization',
  ),
  fc.stringMatching(/^[a-zA-Z-]{1,12}$/),
)
const byteText = (maxLength: number) =>
  fc.array(fc.nat(255), { maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'))
const value = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', 'a', 'b', 'text/html', 'x'.repeat(900), 'y'.repeat(2000)),
  },
  { weight: 2, arbitrary: byteText(60) },
)
const block = fc.record({
  allowed: fc.option(fc.constantFrom(0, 33, 100, 1000, 4096, 65_536), { freq: 4 }),
  status: fc.constantFrom(200, 301, 404, 502),
  fields: fc.array(fc.tuple(name, value), { maxLength: 12 }),
})

test('whatever is encoded is decoded again, block after block', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 25 }), (blocks) => {
      const encoder = new HpackEncoder()
      const decoder = new HpackDecoder(LIMITS)
      const into = new FieldBlock()
      for (const { allowed, status, fields } of blocks) {
        if (allowed !== null) encoder.allowTable(allowed)
        const out = Buffer.alloc(mostHeadSize(fields.flat()))
        const end = encoder.encode(out, 0, status, fields.flat())
        expect(end).toBeLessThanOrEqual(out.length)
        decoder.decode(out, 0, end, into)
        expect(into.list.slice(0, into.length)).toEqual([
          ':status',
          String(status),
          ...fields.flatMap(([each, text]) => [each.toLowerCase(), text]),
        ])
      }
    }),
    { numRuns: 300 },
  )
})

test('every byte survives, coded either way', () => {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder(LIMITS)
  const into = new FieldBlock()
  for (let byte = 0; byte < 256; byte++) {
    // Zeroes around it make Huffman coding the shorter form.
    for (const text of [
      String.fromCharCode(byte),
      `${'0'.repeat(40)}${String.fromCharCode(byte)}0`,
    ]) {
      const out = Buffer.alloc(200)
      decoder.decode(out, 0, encoder.field(out, encoder.begin(out, 0), 'x', text), into)
      expect(into.list.slice(0, 2)).toEqual(['x', text])
    }
  }
})
