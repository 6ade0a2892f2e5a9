import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CompressionError } from '../../../../src/wire/http2/hpack/compression-error.ts'
import { type DecoderLimits, HpackDecoder } from '../../../../src/wire/http2/hpack/decoder.ts'
import { FieldBlock } from '../../../../src/wire/http2/hpack/field-block.ts'
import { FieldMarks } from '../../../../src/wire/http2/hpack/field-marks.ts'
import { writeHuffman } from '../../../../src/wire/http2/hpack/huffman-encoder.ts'

const LIMITS: DecoderLimits = { tableSize: 4096, mostBytes: 65_536, mostFields: 1000 }

/** Decodes blocks given in hexadecimal, one after another, on one connection. */
function decoding(limits: Partial<DecoderLimits> = {}, marks?: FieldMarks) {
  const decoder = new HpackDecoder({ ...LIMITS, ...limits }, marks)
  const fields = new FieldBlock()
  return (hex: string): FieldBlock => {
    // Among other bytes, so that neither end of the memory is taken for that of the block.
    const block = Buffer.from(`ffff${hex.replaceAll(' ', '')}ffff`, 'hex')
    decoder.decode(block, 2, block.length - 2, fields)
    return fields
  }
}

function lines({ list, length }: FieldBlock): string[] {
  return list.slice(0, length).flatMap((text, i) => (i % 2 === 0 ? `${text}: ${list[i + 1]}` : []))
}

const REQUESTS = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
    'cache-control: no-cache',
  ],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
]
const RESPONSE = [
  ':status: 302',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:21 GMT',
  'location: https://www.example.com',
]
const RESPONSES = [
  RESPONSE,
  [':status: 307', ...RESPONSE.slice(1)],
  [
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    'location: https://www.example.com',
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
]

// The examples of RFC 7541, appendix C. In C.5 and C.6 the table has 256 bytes.
test.each([
  [
    'C.2.1, a field that is remembered',
    ['400a637573746f6d2d6b65790d637573746f6d2d686561646572'],
    [['custom-key: custom-header']],
  ],
  ['C.2.2, one that is not', ['040c2f73616d706c652f70617468'], [[':path: /sample/path']]],
  ['C.2.3, one that never is', ['100870617373776f726406736563726574'], [['password: secret']]],
  ['C.2.4, one of the static table', ['82'], [[':method: GET']]],
  [
    'C.3, requests without Huffman coding',
    [
      '828684410f7777772e6578616d706c652e636f6d',
      '828684be58086e6f2d6361636865',
      '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
    ],
    REQUESTS,
  ],
  [
    'C.4, requests with it',
    [
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '828684be5886a8eb10649cbf',
      '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
    ],
    REQUESTS,
  ],
  [
    'C.5, responses without it',
    [
      '3fe101 4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54' +
        '6e1768747470733a2f2f7777772e6578616d706c652e636f6d',
      '4803333037c1c0bf',
      '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153' +
        '444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
    ],
    RESPONSES,
  ],
  [
    'C.6, responses with it',
    [
      '3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b' +
        '97c8e9ae82ae43d3',
      '4883640effc1c0bf',
      '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960' +
        'd5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    ],
    RESPONSES,
  ],
])('RFC 7541 %s', (_, blocks, expected) => {
  const decode = decoding()
  expect(blocks.map((block) => lines(decode(block)))).toEqual(expected)
})

test.each([
  ['index 0', '80', 'no field has index 0'],
  ['an index behind both tables', 'be', 'no field has index 62'],
  ['a name behind both tables', '7e 0161', 'no field has index 62'],
  ['a name behind both tables, not indexed', '0f2f 0161', 'no field has index 62'],
  ['an index far behind', 'ffffffff7f', 'no field has index'],
  ['an integer that goes on and on', 'ff8080808080808000', 'integer in header block is too large'],
  ['a length that goes on and on', '407f8080808080', 'integer in header block is too large'],
  ['an integer cut off', 'ff', 'ends inside a field'],
  ['an integer cut off later', 'ffff', 'ends inside a field'],
  ['a field without a name', '40', 'ends inside a field'],
  ['a field without a value', '400161', 'ends inside a field'],
  ['a name cut off', '400261', 'ends inside a field'],
  ['a value cut off', '4001610162 4001610262', 'ends inside a field'],
  ['a length behind the end', '4001617f80808008', 'ends inside a field'],
  ['a table that is too large', '3fe21f', 'table of 4097 bytes is larger than the 4096 allowed'],
  ['a change of the table behind a field', '823fe11f', 'changes behind a field'],
  ['EOS in a string', '400161 84ffffffff', 'not Huffman coded'],
  ['EOS behind text', '400161 8507fffffffc', 'not Huffman coded'],
  ['padding of zeroes', '400161 8118', 'not Huffman coded'],
  ['padding with a zero in it', '400161 811d', 'not Huffman coded'],
  ['padding of a whole byte', '400161 821fff', 'not Huffman coded'],
  ['nothing but padding', '400161 81ff', 'not Huffman coded'],
  ['a bad name', '4081ff 0161', 'not Huffman coded'],
  ['a bad secret', '100161 81ff', 'not Huffman coded'],
])('%s is an error', (_, block, message) => {
  const decode = decoding()
  expect(() => decode(block)).toThrow(CompressionError)
  expect(() => decoding()(block)).toThrow(message)
})

test('padding of up to seven ones is none', () => {
  for (const [coded, text] of [
    ['81f8', '&'],
    ['8153', ' '],
    ['8107', '0'],
    ['82fffd', '{'],
    ['82fe7f', '"'],
    ['82f8ff', undefined],
  ]) {
    const decoded = () => lines(decoding()(`400161 ${coded}`))
    if (text === undefined) expect(decoded).toThrow('not Huffman coded')
    else expect(decoded()).toEqual([`a: ${text}`])
  }
})

test('an empty block has no fields, an empty name and value are texts', () => {
  expect(lines(decoding()(''))).toEqual([])
  expect(lines(decoding()('4000 00 4080 80'))).toEqual([': ', ': '])
})

test('the table changes its size at the beginning of a block, twice if need be', () => {
  const decode = decoding()
  decode('4001610162')
  expect(lines(decode('be'))).toEqual(['a: b'])
  // 33 bytes for an entry of 34: it is gone.
  expect(() => decode('3f02 be')).toThrow('no field has index 62')
  const other = decoding()
  other('4001610162')
  expect(() => other('20 3fe11f be')).toThrow('no field has index 62')
  const third = decoding()
  third('4001610162')
  expect(lines(third('3f03 be'))).toEqual(['a: b'])
})

test('a table that was allowed more may take more', () => {
  expect(lines(decoding({ tableSize: 65_536 })('3fe1ff03 82'))).toEqual([':method: GET'])
  expect(() => decoding({ tableSize: 65_536 })('3fe2ff03 82')).toThrow('larger than the 65536')
})

test('the oldest go first, and one larger than the table empties it', () => {
  const decode = decoding()
  decode('3f45 4001610162 4001630164 4001650166')
  expect(lines(decode('be bf'))).toEqual(['e: f', 'c: d'])
  expect(() => decode('c0')).toThrow('no field has index 64')
  decode(`400178 44${'79'.repeat(68)}`)
  expect(() => decode('be')).toThrow('no field has index 62')
})

test('the ring keeps its order while it grows and turns', () => {
  const decode = decoding()
  const all: string[] = []
  for (let i = 0; i < 500; i++) {
    const text = String(1000 + i)
    decode(`4001 61 04${Buffer.from(text).toString('hex')}`)
    all.unshift(`a: ${text}`)
    const held = Math.min(all.length, Math.floor(4096 / 37))
    for (const age of [0, 1, held >> 1, held - 1]) {
      if (age >= held) continue
      const index = age < 65 ? Buffer.from([0xbe + age]) : Buffer.from([0xff, age + 62 - 127])
      expect(lines(decode(index.toString('hex')))).toEqual([all[age]])
    }
  }
})

test('more bytes than allowed are left out, but remembered', () => {
  // A bomb: a field of 4000 bytes, then its index a thousand times.
  const decode = decoding({ mostBytes: 16_384 })
  const big = `400161 7fa11e${'62'.repeat(4000)}`
  expect(decode(big)).toMatchObject({ tooLarge: false, length: 2, size: 4033 })
  const bomb = decode('be'.repeat(1000))
  expect(bomb).toMatchObject({ tooLarge: true, length: 8, size: 4_033_000 })
  const late = decode(`${'be'.repeat(6)} 4001630164`)
  expect(late).toMatchObject({ tooLarge: true, length: 8 })
  expect(late.list.length).toBe(8)
  expect(decode('be')).toMatchObject({ tooLarge: false, length: 2, size: 34 })
  expect(lines(decode('be'))).toEqual(['c: d'])
})

test('more fields than allowed are left out', () => {
  const decode = decoding({ mostFields: 3 })
  expect(decode('82 84 86')).toMatchObject({ tooLarge: false, length: 6 })
  const four = decode('82 84 86 4001610162')
  expect(four).toMatchObject({ tooLarge: true, length: 6 })
  expect(lines(decode('be'))).toEqual(['a: b'])
})

test('what is known of a field is found once, and stays with it', () => {
  const asked: string[] = []
  const marks = new FieldMarks((name, value) => asked.push(`${name}: ${value}`))
  asked.length = 0
  const decode = decoding({}, marks)
  const mark = (block: string) => decode(block).marks[0]
  expect(mark('82')).toBe(marks.ofStatic[2])
  expect(mark('4001610162')).toBe(1)
  expect(mark('be')).toBe(1)
  expect(mark('0001630164')).toBe(2)
  expect(mark('be')).toBe(1)
  expect(asked).toEqual(['a: b', 'c: d'])
})

test('a string like one before it is not taken for that one', () => {
  const decode = decoding()
  const text = (digits: string) => {
    const coded = Buffer.alloc(64)
    const end = writeHuffman(coded, 0, Buffer.from(digits), digits.length)
    const hex = coded.toString('hex', 0, end)
    return lines(decode(`04 ${(0x80 | end).toString(16)} ${hex}`))[0]
  }
  // Digits of the same length: first, middle and last byte are the same, what is between differs.
  for (let i = 0; i < 100; i++) {
    const digits = `00000${10 + i}00000000000000`
    expect(text(digits)).toBe(`:path: ${digits}`)
    expect(text(digits)).toBe(`:path: ${digits}`)
  }
})

/** How many mutilated blocks; a long run is `GATEWAY_FUZZ=1000000`. */
const COUNT = Number(process.env.GATEWAY_FUZZ ?? 20_000)

test(`${COUNT} mutilated blocks are fields within the limits, or a CompressionError`, () => {
  const whole = [
    '828684418cf1e3c2e5f23a6ba0ab90f4ff',
    '3fe101488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f',
    '400a637573746f6d2d6b65790d637573746f6d2d686561646572bebebf',
    '100870617373776f7264067365637265740f2f01',
  ].map((hex) => Buffer.from(hex, 'hex'))
  const piece = fc.oneof(
    fc
      .tuple(fc.constantFrom(...whole), fc.nat(50), fc.nat(50))
      .map(([all, from, size]) => all.subarray(from, from + size)),
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(...whole),
  )
  const limits = { tableSize: 4096, mostBytes: 300, mostFields: 5 }
  const outcomes = { fields: 0, tooLarge: 0, refused: 0 }
  for (const blocks of fc.sample(fc.array(fc.array(piece, { maxLength: 4 }), { maxLength: 4 }), {
    numRuns: COUNT,
    seed: 1,
  })) {
    const decoder = new HpackDecoder(limits)
    const into = new FieldBlock()
    try {
      for (const pieces of blocks) {
        const block = Buffer.concat(pieces)
        decoder.decode(block, 0, block.length, into)
        expect(into.length).toBeLessThanOrEqual(10)
        expect(into.list.slice(0, into.length).join('').length).toBeLessThanOrEqual(300)
        outcomes[into.tooLarge ? 'tooLarge' : 'fields']++
      }
    } catch (error) {
      expect(error).toBeInstanceOf(CompressionError)
      outcomes.refused++
    }
  }
  // All three happen, or the mutilations are no good.
  for (const times of Object.values(outcomes)) expect(times).toBeGreaterThan(COUNT / 1000)
})
