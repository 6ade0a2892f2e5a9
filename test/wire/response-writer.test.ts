import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VERSION } from '../../src/base/version.ts'
import { Head } from '../../src/wire/head.ts'
import { Fields } from '../../src/wire/http1/fields.ts'
import {
  type Framing,
  GATEWAY,
  type HeadFacts,
  writeResponseHead,
} from '../../src/wire/http1/response-writer.ts'

const NOW = Date.UTC(1994, 10, 6, 8, 49, 37)
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

let refused: string[] = []
beforeEach(() => {
  refused = []
})

function write(head: Head, facts: Partial<HeadFacts> = {}, now = NOW): string {
  return writeResponseHead(
    head,
    { framing: 'none', keepAlive: true, keepAliveHint: undefined, server: GATEWAY.on, ...facts },
    now,
    (name) => refused.push(name),
  )
}

function headOf(status: number, fields: Record<string, string> = {}, more: Partial<Head> = {}) {
  return Object.assign(new Head(status, Fields.from(fields)), more)
}

/** Lines of a response head, which must end in an empty line and nowhere else have one. */
function linesOf(text: string): string[] {
  expect(text.endsWith('\r\n\r\n')).toBe(true)
  const lines = text.slice(0, -4).split('\r\n')
  expect(lines).not.toContain('')
  return lines
}

describe('a response head', () => {
  it('has status line, Server, Date and Connection', () => {
    expect(linesOf(write(headOf(200)))).toEqual([
      'HTTP/1.1 200 OK',
      `Server: gateway/${VERSION}`,
      `Date: ${DATE}`,
      'Connection: keep-alive',
    ])
  })

  it('says that the connection is another protocol’s', () => {
    const head = headOf(101, { Upgrade: 'websocket' })
    expect(linesOf(write(head, { keepAlive: false })).slice(3)).toEqual([
      'Connection: upgrade',
      'Upgrade: websocket',
    ])
  })

  it('has type, length, time of the last change and fields in the order they were added', () => {
    const more = { type: 'text/html', length: 5, modified: NOW }
    const head = headOf(201, { 'X-B': '1', 'x-a': '2' }, more)
    expect(linesOf(write(head, { framing: 'length' })).slice(3)).toEqual([
      'Content-Type: text/html',
      'Content-Length: 5',
      `Last-Modified: ${DATE}`,
      'Connection: keep-alive',
      'X-B: 1',
      'x-a: 2',
    ])
  })

  it.each([
    ['length', 5, ['Content-Length: 5']],
    ['length', 0, ['Content-Length: 0']],
    ['chunked', undefined, ['Transfer-Encoding: chunked']],
    ['chunked', 5, ['Transfer-Encoding: chunked']],
    ['close', undefined, []],
    ['none', undefined, []],
    ['none', 5, ['Content-Length: 5']],
  ] as [Framing, number | undefined, string[]][])(
    'with framing %s and length %s declares %j',
    (framing, length, expected) => {
      const lines = linesOf(write(headOf(200, {}, { length }), { framing }))
      expect(lines.filter((line) => /^(content-length|transfer-encoding)/i.test(line))).toEqual(
        expected,
      )
    },
  )

  it('of a 204 never declares a length (RFC 9110 section 8.6)', () => {
    const text = write(headOf(204, {}, { length: 0 }), { framing: 'length' })
    expect(text).not.toMatch(/content-length|transfer-encoding/i)
  })

  it('says whether the connection stays', () => {
    expect(write(headOf(200), { keepAlive: false })).toContain('\r\nConnection: close\r\n')
    const hinted = write(headOf(200), { keepAliveHint: 20 })
    expect(hinted).toContain('\r\nConnection: keep-alive\r\nKeep-Alive: timeout=20\r\n')
    expect(write(headOf(200), { keepAlive: false, keepAliveHint: 20 })).not.toContain('Keep-Alive')
  })

  it('keeps the Server and Date of the response itself', () => {
    const lines = linesOf(write(headOf(200, { SERVER: 'other', date: 'yesterday' })))
    expect(lines.filter((line) => /^server:/i.test(line))).toEqual(['SERVER: other'])
    expect(lines.filter((line) => /^date:/i.test(line))).toEqual(['date: yesterday'])
    const one = linesOf(write(headOf(200, { Server: 'other' })))
    expect(one).toContain(`Date: ${DATE}`)
    expect(one).not.toContain(`Server: gateway/${VERSION}`)
  })

  it('hides the version where server_tokens is off', () => {
    expect(write(headOf(200), { server: GATEWAY.off })).toContain('\r\nServer: gateway\r\n')
    expect(write(headOf(200))).toContain(`\r\nServer: gateway/${VERSION}\r\n`)
    expect(write(headOf(200), { server: GATEWAY.off })).toContain('\r\nServer: gateway\r\n')
  })

  it('has the date of its own second', () => {
    expect(write(headOf(200))).toContain(DATE)
    expect(write(headOf(200), {}, NOW + 999)).toContain('08:49:37')
    expect(write(headOf(200), {}, NOW + 1000)).toContain('08:49:38')
    expect(write(headOf(404), {}, NOW + 1000)).toContain('HTTP/1.1 404 Not Found\r\n')
  })

  it('has the reason it was given, the registered one, or none', () => {
    expect(write(headOf(200, {}, { reason: 'Fine' }))).toMatch(/^HTTP\/1\.1 200 Fine\r\n/)
    expect(write(headOf(200, {}, { reason: '' }))).toMatch(/^HTTP\/1\.1 200 \r\n/)
    expect(write(headOf(299))).toMatch(/^HTTP\/1\.1 299 \r\n/)
  })
})

describe('a field that could break the head apart is left out:', () => {
  it.each([
    ['a line end', 'a\r\nSet-Cookie: b'],
    ['a bare CR', 'a\rb'],
    ['a bare LF', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['a DEL', 'a\x7fb'],
    ['a control character', 'a\x1bb'],
    ['a character beyond one byte', 'a\u010db'],
    ['a character whose low byte is LF', 'a\u010ab'],
  ])('%s in a value', (_, value) => {
    expect(linesOf(write(headOf(200, { 'X-A': value, 'X-B': 'kept' })))).toEqual([
      'HTTP/1.1 200 OK',
      `Server: gateway/${VERSION}`,
      `Date: ${DATE}`,
      'Connection: keep-alive',
      'X-B: kept',
    ])
    expect(refused).toEqual(['X-A'])
  })

  it.each(['X-A\r\nX-B', 'X\n', 'X: y', 'X Y', 'X\u010a', 'X\0', ''])('%j as a name', (name) => {
    const head = headOf(200)
    head.fields.add(name, 'v')
    expect(linesOf(write(head))).toHaveLength(4)
    expect(refused).toEqual([name])
  })

  it.each(['text/html\r\nX-A: b', 'text/\u010d'])('%j as a type', (type) => {
    expect(linesOf(write(headOf(200, {}, { type })))).toHaveLength(4)
    expect(refused).toEqual(['Content-Type'])
  })

  it('a line end in the reason', () => {
    const [line] = linesOf(write(headOf(200, {}, { reason: 'OK\r\nX-A: b' })))
    expect(line).toBe('HTTP/1.1 200 OK')
  })

  it.each(['Content-Length', 'transfer-encoding', 'CONNECTION', 'Keep-Alive'])(
    'a second %s beside the framing of the kernel',
    (name) => {
      const head = headOf(200, { [name]: '5' }, { length: 3 })
      const text = write(head, { framing: 'length' })
      expect(text.toLowerCase().split(`${name.toLowerCase()}: 5`)).toHaveLength(1)
      expect(refused).toEqual([name])
    },
  )

  it('whatever it is made of', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text), { maxLength: 5 }),
        text,
        text,
        (fields, type, reason) => {
          const head = headOf(200, {}, { type, reason, length: 1 })
          for (const [name, value] of fields) head.fields.add(name, value)
          for (const line of linesOf(write(head, { framing: 'length' })).slice(1)) {
            expect(line).toMatch(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*$/)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('fields', () => {
  it('are found under any spelling', () => {
    const fields = Fields.from({ 'X-A': ['1', '2'], Vary: 'Accept' })
    fields.add('x-a', '3')
    expect(fields.get('x-a')).toBe('1')
    expect(fields.all('x-a')).toEqual(['1', '2', '3'])
    expect(fields.has('vary')).toBe(true)
    expect(fields.has('var')).toBe(false)
  })

  it('are replaced where the first stood', () => {
    const fields = Fields.from({ 'X-A': ['1', '2'], B: '3' })
    fields.add('x-a', '4')
    fields.set('X-a', '5')
    expect([...fields]).toEqual([
      ['X-A', '5'],
      ['B', '3'],
    ])
    fields.set('C', '6')
    expect([...fields].at(-1)).toEqual(['C', '6'])
  })

  it('are deleted under any spelling', () => {
    const fields = Fields.from({ A: '1', a: '2', B: '3' })
    fields.add('A', '4')
    fields.delete('a')
    expect([...fields]).toEqual([['B', '3']])
  })
})
