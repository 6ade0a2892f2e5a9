import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkedDecoder } from '../../src/wire/http1/chunked.ts'

interface Decoded {
  body: string
  rest: string
  done: boolean
  invalid: string | undefined
  trailers: string[] | undefined
}

/** Feeds `wire` in pieces that end at `cuts`, in memory that is overwritten after each feed. */
function decode(wire: Buffer, cuts: readonly number[]): Decoded {
  const decoder = new ChunkedDecoder()
  const body: Buffer[] = []
  const ends = [...new Set([...cuts, wire.length])].filter((at) => at > 0).sort((a, b) => a - b)
  let from = 0
  let used = 0
  for (const end of ends) {
    if (decoder.done || decoder.invalid !== undefined) break
    const memory = Buffer.from(`###${wire.latin1Slice(from, end)}@@`, 'latin1')
    const at = decoder.feed(memory, 3, memory.length - 2)
    body.push(Buffer.from(memory.subarray(decoder.start, decoder.end)))
    used = from + at - 3
    expect(memory.latin1Slice(memory.length - 2)).toBe('@@')
    memory.fill('!')
    from = end
  }
  return {
    body: Buffer.concat(body).toString('latin1'),
    rest: wire.latin1Slice(used),
    done: decoder.done,
    invalid: decoder.invalid,
    trailers: decoder.trailers?.list,
  }
}

const every = (wire: string) => Array.from({ length: wire.length }, (_, i) => i)

const GOOD: readonly [wire: string, body: string, trailers?: string[]][] = [
  ['0\r\n\r\n', ''],
  ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['1\r\na\r\n2\r\nbc\r\n003\r\ndef\r\n000\r\n\r\n', 'abcdef'],
  ['A;name=value\r\n0123456789\r\n0;last\r\n\r\n', '0123456789'],
  ['a \t;q="x y"\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
  ['2  \r\n\r\n\r\n0\r\n\r\n', '\r\n'],
  ['0\r\nX-One: 1\r\nX-Two:  b c \r\n\r\n', '', ['X-One', '1', 'X-Two', 'b c']],
]

test('reads a body whichever way it is split, and nothing after it', () => {
  for (const [wire, body, trailers] of GOOD) {
    const bytes = Buffer.from(`${wire}GET /next`, 'latin1')
    const wanted = { body, rest: 'GET /next', done: true, invalid: undefined, trailers }
    expect(decode(bytes, [])).toEqual(wanted)
    expect(decode(bytes, every(wire))).toEqual(wanted)
    for (let one = 1; one < wire.length; one++) {
      expect(decode(bytes, [one])).toEqual(wanted)
      for (let two = one + 1; two < wire.length; two++) {
        expect(decode(bytes, [one, two])).toEqual(wanted)
      }
    }
  }
})

const BAD: readonly string[] = [
  'x\r\n',
  '\r\n',
  ' 5\r\nhello\r\n0\r\n\r\n',
  '-5\r\nhello\r\n0\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '+5\r\nhello\r\n0\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  '5\rhello\r\n0\r\n\r\n',
  '5\r\nhello\n0\r\n\r\n',
  '5\r\nhello!\r\n0\r\n\r\n',
  '5;a\nb\r\nhello\r\n0\r\n\r\n',
  '5;a\0b\r\nhello\r\n0\r\n\r\n',
  '5 5\r\nhello\r\n0\r\n\r\n',
  'fffffffffffffffff\r\n',
  '1000000000001\r\n',
  `${'0'.repeat(33)}\r\n`,
  `5;${'x'.repeat(16_385)}\r\nhello`,
  '0\r\n\n\r\n',
  '0\r\nX-One: 1\n\r\n\r\n',
  '0\r\nX One: 1\r\n\r\n',
  '0\r\nX-One : 1\r\n\r\n',
  '0\r\n folded\r\n\r\n',
  '0\r\nX-One: a\rb\r\n\r\n',
  '0\r\nX-One: a\0b\r\n\r\n',
  '0\r\nno colon\r\n\r\n',
  `0\r\nX: ${'y'.repeat(8192)}\r\n\r\n`,
  `0\r\n${'X: y\r\n'.repeat(101)}\r\n`,
]

test.each(BAD)('refuses %j whichever way it is split', (wire) => {
  const bytes = Buffer.from(wire, 'latin1')
  for (const cuts of [[], every(wire)]) {
    const { done, invalid } = decode(bytes, cuts)
    expect(done).toBe(false)
    expect(invalid).toMatch(/^(an?|too) /)
  }
})

test('says nothing about a body that merely stops', () => {
  const wire = '5;e\r\nhello\r\n0\r\nX: y\r\n\r\n'
  for (let end = 1; end < wire.length; end++) {
    const { done, invalid } = decode(Buffer.from(wire.slice(0, end)), [])
    expect({ done, invalid }).toEqual({ done: false, invalid: undefined })
  }
})

test('gives back any body under any chunking and any split', () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 })
  fc.assert(
    fc.property(chunks, fc.array(fc.nat(600)), fc.string(), (parts, cuts, rest) => {
      const framed = parts.flatMap((part) => [
        Buffer.from(`${part.length.toString(16)}\r\n`),
        Buffer.from(part),
        Buffer.from('\r\n'),
      ])
      const wire = Buffer.concat([...framed, Buffer.from('0\r\n\r\n'), Buffer.from(rest)])
      const got = decode(
        wire,
        cuts.filter((at) => at < wire.length),
      )
      expect(got.invalid).toBeUndefined()
      expect(got.done).toBe(true)
      expect(got.body).toBe(Buffer.concat(parts).toString('latin1'))
      expect(got.rest).toBe(Buffer.from(rest).toString('latin1'))
    }),
  )
})

test('decides the same about any bytes, however they are split', () => {
  const byte = fc.constantFrom(...'05aF\r\n;: x\0'.split(''))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.array(fc.nat(40)), (letters, cuts) => {
      const wire = Buffer.from(letters.join(''), 'latin1')
      const whole = decode(wire, [])
      const split = decode(
        wire,
        cuts.filter((at) => at < wire.length),
      )
      expect(split.done).toBe(whole.done)
      expect(split.body).toBe(whole.body)
      if (whole.done) expect(split.rest).toBe(whole.rest)
    }),
    { numRuns: 2000 },
  )
})
