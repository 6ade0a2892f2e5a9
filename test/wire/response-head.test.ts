import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { fieldFates } from '../../src/wire/http1/field-fate.ts'
import type { ResponseHead } from '../../src/wire/http1/response-head.ts'
import { parseResponseHead as parseBytes } from '../../src/wire/http1/response-parser.ts'

const FATES = fieldFates(['date', 'X-Secret'])

/** Parses from the middle of memory that goes on behind the text. */
function parseResponseHead(text: string, fates = FATES) {
  const bytes = Buffer.from(`X${text}\r\n\r\n`, 'latin1')
  return parseBytes(bytes, 1, bytes.length - 4, fates)
}

function parse(text: string): ResponseHead {
  const head = parseResponseHead(text, FATES)
  if (typeof head !== 'object') throw new Error(`not a head: ${head}`)
  return head
}

test('takes a head apart', () => {
  const head = parse(
    'HTTP/1.1 404 Not Found\r\nDate: today\r\nContent-Type: text/html\r\ncontent-length: 12\r\n' +
      'ETag:  "x" \t\r\nx-secret: no\r\nX-Empty:\r\nKeep-Alive: timeout=5\r\n\r\nbody',
  )
  expect(head.status).toBe(404)
  expect(head.reason).toBeUndefined()
  expect(head.version).toBe(11)
  expect(head.type).toBe('text/html')
  expect(head.length).toBe(12)
  expect(head.close).toBe(false)
  expect(head.fields).toEqual(['ETag', '"x"', 'X-Empty', ''])
  expect(head.text.endsWith('\r\n\r\n')).toBe(true)
  expect(head.original('date')).toEqual(['today'])
  expect(head.original('x-secret')).toEqual(['no'])
  expect(head.original('etag')).toEqual(['"x"'])
})

test('keeps a letter of UTF-8 that ends in the byte A0', () => {
  const head = parse('HTTP/1.1 200 OK\r\nX-Name:  voil\xc3\xa0 \r\n\r\n')
  expect(head.fields).toEqual(['X-Name', 'voil\xc3\xa0'])
  expect(head.original('x-name')).toEqual(['voil\xc3\xa0'])
})

test('is not complete before its empty line, wherever it stops', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-A: b\r\n\r\n'
  for (let end = 0; end < text.length; end++) {
    expect(parseResponseHead(text.slice(0, end), FATES)).toBeUndefined()
  }
  expect(parse(text).size).toBe(text.length)
})

test('takes bare line feeds for line ends', () => {
  const head = parse('HTTP/1.1 200 OK\nX-A: b\n\nrest')
  expect(head.fields).toEqual(['X-A', 'b'])
  expect(head.size).toBe('HTTP/1.1 200 OK\nX-A: b\n\n'.length)
})

test('takes status lines without a reason, and reasons of any text', () => {
  expect(parse('HTTP/1.1 200\r\n\r\n').reason).toBeUndefined()
  expect(parse('HTTP/1.1 200 \r\n\r\n').reason).toBeUndefined()
  expect(parse('HTTP/1.1 404 Found Not\r\n\r\n').reason).toBe('Found Not')
  expect(parse('HTTP/1.1 299 Quite Alright \xe9\r\n\r\n').reason).toBe('Quite Alright \xe9')
})

test('drops what the Connection field names', () => {
  const head = parse(
    'HTTP/1.1 200 OK\r\nX-Hop: 1\r\nConnection: x-hop, Keep-Alive\r\nX-End: 2\r\n\r\n',
  )
  expect(head.fields).toEqual(['X-End', '2'])
  expect(head.close).toBe(false)
})

test('knows when the peer closes', () => {
  expect(parse('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n').close).toBe(true)
  expect(parse('HTTP/1.1 200 OK\r\nConnection: X, Close\r\n\r\n').close).toBe(true)
  expect(parse('HTTP/1.1 200 OK\r\nConnection: a\r\nConnection: close\r\n\r\n').close).toBe(true)
  expect(parse('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n').close).toBe(false)
  expect(parse('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n').close).toBe(true)
})

test('keeps every Set-Cookie apart', () => {
  const head = parse('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n')
  expect(head.fields).toEqual(['Set-Cookie', 'a=1', 'set-cookie', 'b=2'])
  expect(head.original('set-cookie')).toEqual(['a=1', 'b=2'])
})

const INVALID: readonly (readonly [what: string, text: string])[] = [
  ['HTTP/0.9', '<html>hello</html>\n'],
  ['garbage that could begin nothing', 'HTML'],
  ['another protocol', 'ICY 200 OK\r\n\r\n'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['leading empty line', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['a bare CR in the status line', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['a NUL in the status line', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nX-A : b\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n'],
  ['a line without colon', 'HTTP/1.1 200 OK\r\nX-A\r\n\r\n'],
  ['an empty name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\n'],
  ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: b\0\r\n\r\n'],
  ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX-A: b\rc\r\n\r\n'],
  ['a bare CR at the end', 'HTTP/1.1 200 OK\r\nX-A: b\r\n\rX'],
  ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['an endless length', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n'],
  ['an empty length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n'],
  ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
  ['a list of codings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  [
    'chunked twice',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
]

test.each(INVALID)('refuses %s', (_, text) => {
  expect(parseResponseHead(text, FATES)).toBeTypeOf('string')
})
