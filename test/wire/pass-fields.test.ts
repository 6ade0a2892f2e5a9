import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fields } from '../../src/wire/http1/fields.ts'
import { passFields, unpassedFields } from '../../src/wire/http1/pass-fields.ts'
import type { RequestHead } from '../../src/wire/http1/request-head.ts'
import { parseRequestHead } from '../../src/wire/http1/request-parser.ts'

const SETTINGS = {
  large_client_header_buffers: { count: 4, size: 8192 },
  max_headers: 1000,
  ignore_invalid_headers: true,
  underscores_in_headers: false,
}
const DROPPED = unpassedFields(['host', 'x-drop'])

function passed(lines: string): string {
  const bytes = Buffer.from(`GET / HTTP/1.1\r\n${lines}\r\n`, 'latin1')
  const head = parseRequestHead(bytes, 0, bytes.length, SETTINGS) as RequestHead
  const text = passFields(head, DROPPED)
  // However the fields are held, they are written alike.
  expect(passFields(new Fields([...head].flat()), DROPPED)).toBe(text)
  return text
}

test.each([
  ['', ''],
  ['A: 1\r\nB: 2\r\n', 'A: 1\r\nB: 2\r\n'],
  ['Host: x\r\nA: 1\r\nX-DROP: 1\r\nB: 2\r\nC: 3\r\n', 'A: 1\r\nB: 2\r\nC: 3\r\n'],
  ['A:1\r\nB:  2\r\nC: 3 \t\r\nD:\r\nE: \r\n', 'A: 1\r\nB: 2\r\nC: 3\r\nD: \r\nE: \r\n'],
  ['A: 1\nB: 2\nC: 3\r\n', 'A: 1\r\nB: 2\r\nC: 3\r\n'],
  ['A: 1\r\nBad_Name: x\r\nB: 2\r\n', 'A: 1\r\nB: 2\r\n'],
  ['A: 1\r\nA: 2\r\na: 3\r\n', 'A: 1\r\nA: 2\r\na: 3\r\n'],
  ['Connection: x-hop, A\r\nX-Hop: 1\r\na: 2\r\nB: 3\r\n', 'B: 3\r\n'],
  ['Connection: a\r\nConnection: b\r\nA: 1\r\nB: 2\r\nC: 3\r\n', 'C: 3\r\n'],
  [
    'Keep-Alive: 1\r\nTE: x\r\nTrailer: x\r\nUpgrade: x\r\nProxy-Connection: x\r\nExpect: x\r\nTransfer-Encoding: chunked\r\nOk: 1\r\n',
    'Ok: 1\r\n',
  ],
])('%j passes as %j', (lines, text) => {
  expect(passed(lines)).toBe(text)
})

test('writes nothing but whole fields, whatever the client sends', () => {
  const name = fc.constantFrom('A', 'Bc', 'Host', 'X-Drop', 'x-long-name-of-a-field', 'under_score')
  const value = fc.constantFrom('', '1', 'two words', ' padded ', '\ttab', 'a: b', '\xe9')
  const line = fc.tuple(
    name,
    fc.constantFrom(':', ': ', ':  '),
    value,
    fc.constantFrom('\r\n', '\n'),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = passed(lines.map((parts) => parts.join('')).join(''))
      const kept = lines.filter(([each]) => !/^host$|^x-drop$|_/i.test(each))
      expect(text).toBe(
        kept
          .map(([each, , content]) => `${each}: ${content.replace(/^[ \t]+|[ \t]+$/g, '')}\r\n`)
          .join(''),
      )
    }),
  )
})
