import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/base/errors.ts'
import { type ServerSettings, serverDirectives } from '../../src/kernel/settings/server.ts'
import { Input } from '../../src/serve/input.ts'
import { nextHead } from '../../src/serve/next-head.ts'
import type { RequestHead } from '../../src/wire/http1/request-head.ts'
import { parseRequestHead } from '../../src/wire/http1/request-parser.ts'
import { initialSettings, refusal } from '../kernel/hand-made-plan.ts'

const SETTINGS: ServerSettings = initialSettings(serverDirectives)

/** One head with CR LF line ends. */
function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** As large as the memory connections read into: smaller one is not read by words. */
const memory = Buffer.alloc(131_072)
let turn = 0

function parse(text: string, settings: Partial<ServerSettings> = {}): RequestHead | undefined {
  // Bytes around it must not matter, nor where in a word it begins.
  const from = 2 + (turn++ % 4)
  memory.fill(10, 0, from)
  memory.write(text, from, 'latin1')
  memory.write('\r\n\r\n', from + text.length, 'latin1')
  const found = parseRequestHead(memory, from, from + text.length, { ...SETTINGS, ...settings })
  found?.settle()
  return found
}

function parsed(text: string, settings: Partial<ServerSettings> = {}): RequestHead {
  const found = parse(text, settings)
  if (!found) throw new Error('the head is not complete')
  return found
}

/** Everything a head says, to compare heads with. */
function tell(found: RequestHead | undefined) {
  return found && { ...basics(found), fields: [...found], size: found.size }
}

function basics({ method, target, version }: RequestHead) {
  return { method, target, version }
}

describe('a request line', () => {
  it.each([
    ['GET / HTTP/1.1', 'GET', '/', 11],
    ['GET / HTTP/1.0', 'GET', '/', 10],
    ['GET / HTTP/1.2', 'GET', '/', 11],
    ['GET / HTTP/1.10', 'GET', '/', 11],
    ['GET / HTTP/1.00', 'GET', '/', 10],
    ['GET   /a   HTTP/1.1', 'GET', '/a', 11],
    ['GET / HTTP/1.1  ', 'GET', '/', 11],
    ['PROPFIND /a HTTP/1.1', 'PROPFIND', '/a', 11],
    ['M-SEARCH /a HTTP/1.1', 'M-SEARCH', '/a', 11],
    ['MY_METHOD /a HTTP/1.1', 'MY_METHOD', '/a', 11],
    ['GET /a?b=c#d HTTP/1.1', 'GET', '/a?b=c#d', 11],
    ['GET http://h/a HTTP/1.1', 'GET', 'http://h/a', 11],
    ['OPTIONS * HTTP/1.1', 'OPTIONS', '*', 11],
    ['GET /\xc3\xa4 HTTP/1.1', 'GET', '/\xc3\xa4', 11],
  ])('is taken: %j', (line, method, target, version) => {
    expect(basics(parsed(head(line, 'Host: a')))).toEqual({ method, target, version })
  })

  it.each([
    ['a method in lower case', 'get / HTTP/1.1', 400],
    ['a method with a digit', 'GET1 / HTTP/1.1', 400],
    ['a method with a separator', 'GE(T / HTTP/1.1', 400],
    ['no method', ' / HTTP/1.1', 400],
    ['a method alone', 'GET', 400],
    ['a method and a space', 'GET ', 400],
    ['a tab for a space', 'GET\t/ HTTP/1.1', 400],
    ['a tab before the version', 'GET /\tHTTP/1.1', 400],
    ['a tab in the target', 'GET /a\tb HTTP/1.1', 400],
    ['a space in the target', 'GET /a b HTTP/1.1', 400],
    ['a NUL in the target', 'GET /a\0b HTTP/1.1', 400],
    ['a DEL in the target', 'GET /a\x7fb HTTP/1.1', 400],
    ['a bare CR in the target', 'GET /a\rb HTTP/1.1', 400],
    ['a bare CR after the version', 'GET / HTTP/1.1\rX: y', 400],
    ['a version in lower case', 'GET / http/1.1', 400],
    ['another protocol', 'GET / HTTPS/1.1', 400],
    ['a version without minor', 'GET / HTTP/1', 400],
    ['a version without digits', 'GET / HTTP/.', 400],
    ['a version with a sign', 'GET / HTTP/+1.1', 400],
    ['version 0.9 written out', 'GET / HTTP/0.9', 400],
    ['a version with leading zero', 'GET / HTTP/01.1', 400],
    ['an endless version', 'GET / HTTP/1.1111', 400],
    ['text after the version', 'GET / HTTP/1.1 x', 400],
    ['version 2', 'GET / HTTP/2.0', 505],
    ['version 3', 'GET / HTTP/3.0', 505],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0', 505],
    ['HTTP/0.9 with another method', 'POST /', 400],
  ])('is refused with %s', (_, line, status) => {
    expect(refusal(() => parse(head(line, 'Host: a')))).toBe(status)
  })

  it('alone is a whole HTTP/0.9 request', () => {
    expect(tell(parsed('GET /a\r\nHost: x\r\n\r\n'))).toEqual({
      method: 'GET',
      target: '/a',
      version: 9,
      fields: [],
      size: 8,
    })
    expect(parsed('GET /a \n').version).toBe(9)
  })

  it('may have empty lines before it', () => {
    expect(readPieces([`\r\n\r\n\n${head('GET / HTTP/1.1', 'Host: a')}`])[0]?.host).toBe('a')
  })

  it('that begins with the bytes of another protocol is refused at once', () => {
    expect(refusal(() => parse('\x16\x03\x01\x02'))).toBe(400)
    expect(refusal(() => parse('\0'))).toBe(400)
  })

  it.each([
    [8192, 'accepted'],
    [8193, 414],
  ])('of %i bytes: %s', (length, outcome) => {
    const line = `GET /${'a'.repeat(length - 'GET / HTTP/1.1\r'.length)} HTTP/1.1\r`
    expect(line.length).toBe(length)
    expect(refusal(() => parse(`${line}\nHost: a\r\n\r\n`))).toBe(outcome)
  })

  it('that does not end is refused as soon as it is too long', () => {
    expect(refusal(() => parse(`GET /${'a'.repeat(8188)}`))).toBe(414)
    expect(parse(`GET /${'a'.repeat(8187)}`)).toBeUndefined()
  })
})

describe('header lines', () => {
  const one = (line: string, settings?: Partial<ServerSettings>) =>
    parsed(head('GET / HTTP/1.1', line, 'X-Last: 1'), settings)

  it.each([
    ['Host: a.example:80', 'host', 'a.example:80'],
    ['HOST:a', 'host', 'a'],
    ['hOsT: \t a \t ', 'host', 'a'],
    ['X-Empty:', 'x-empty', ''],
    ['X-Blank: \t ', 'x-blank', ''],
    ['X-Colons: a:b:c', 'x-colons', 'a:b:c'],
    ['X-Latin: \xe4\xff\x80', 'x-latin', '\xe4\xff\x80'],
    ['X-Tab: a\tb', 'x-tab', 'a\tb'],
    ['1: digit', '1', 'digit'],
  ])('are taken: %j', (line, name, value) => {
    const found = one(line)
    expect(found.get(name)).toBe(value)
    expect(found.get('x-last')).toBe('1')
  })

  it.each([
    ['a space before the colon', 'Content-Length : 5'],
    ['a tab before the colon', 'Content-Length\t: 5'],
    ['a space before the name', ' Host: a'],
    ['a folded line', 'X-A: b\r\n c'],
    ['a folded line with a tab', 'X-A: b\r\n\tc'],
    ['no colon', 'Host'],
    ['no name', ': a'],
    ['a control character in the name', 'Transfer-Encoding\x0b: chunked'],
    ['a DEL in the name', 'Ho\x7fst: a'],
    ['a NUL in the name', 'Ho\0st: a'],
    ['a NUL in the value', 'X-A: a\0b'],
    ['a bare CR in the value', 'X-A: a\rTransfer-Encoding: chunked'],
    ['a bare CR at the end of the value', 'X-A: a\r'],
    ['a line of a bare CR', '\rX: y'],
  ])('are refused with %s', (_, line) => {
    expect(refusal(() => one(line))).toBe(400)
  })

  it.each(['X_A', 'X!A', 'X(A', 'X\xe4', 'X/A', '"X"'])('named %s are left out', (name) => {
    expect([...one(`${name}: 1`)]).toEqual([['X-Last', '1']])
  })

  it('with odd names stay where ignore_invalid_headers is off', () => {
    expect(one('X!A: 1', { ignore_invalid_headers: false }).get('x!a')).toBe('1')
    expect(one('X_A: 1', { ignore_invalid_headers: false }).get('x_a')).toBe('1')
  })

  it('with underscores stay where underscores_in_headers is on', () => {
    expect(one('X_A: 1', { underscores_in_headers: true }).get('x_a')).toBe('1')
    expect(one('X(A: 1', { underscores_in_headers: true }).get('x(a')).toBeUndefined()
  })

  it('may end in bare LF', () => {
    expect(tell(parsed('GET / HTTP/1.1\nHost: a\nX: b\n\nrest'))).toMatchObject({
      fields: [
        ['Host', 'a'],
        ['X', 'b'],
      ],
      size: 29,
    })
  })

  it('keep the spelling of names, their order and repetitions', () => {
    const found = parsed(head('GET / HTTP/1.1', 'B: 1', 'a: 2', 'b: 3'))
    expect([...found]).toEqual([
      ['B', '1'],
      ['a', '2'],
      ['b', '3'],
    ])
    expect(found.all('b')).toEqual(['1', '3'])
    expect(found.get('b')).toBe('1')
    expect(found.get('c')).toBeUndefined()
  })

  it.each([
    ['Host', 'host'],
    ['Content-Length', 'contentLength'],
    ['Transfer-Encoding', 'transferEncoding'],
  ] as const)('of %s may stand once', (name, member) => {
    const twice = parsed(head('POST / HTTP/1.1', `${name}: 5`, `${name.toUpperCase()}: 5`))
    expect(refusal(() => twice[member])).toBe(400)
  })

  it('of Connection are one list', () => {
    const found = parsed(head('GET / HTTP/1.1', 'Connection: a', 'X: 1', 'connection: close'))
    expect(found.connection).toBe('a, close')
  })

  it.each([
    [8192, 'accepted'],
    [8193, 400],
  ])('of %i bytes: %s', (length, outcome) => {
    const line = `X: ${'a'.repeat(length - 'X: \r'.length)}\r`
    expect(refusal(() => parse(`GET / HTTP/1.1\r\n${line}\n\r\n`))).toBe(outcome)
  })

  it('together may take all of large_client_header_buffers', () => {
    const line = `X: ${'a'.repeat(4000)}`
    expect(refusal(() => parse(head('GET / HTTP/1.1', ...Array(8).fill(line))))).toBe('accepted')
    expect(refusal(() => parse(head('GET / HTTP/1.1', ...Array(9).fill(line))))).toBe(400)
  })

  it('are counted by max_headers', () => {
    const lines = Array.from({ length: 5 }, (_, i) => `X-${i}: 1`)
    const text = head('GET / HTTP/1.1', ...lines)
    expect(refusal(() => parse(text, { max_headers: 5 }))).toBe('accepted')
    expect(refusal(() => parse(text, { max_headers: 4 }))).toBe(400)
  })
})

describe('before a head is settled', () => {
  const memory = Buffer.alloc(1024)
  const fresh = (text: string, settings: Partial<ServerSettings> = {}) => {
    const size = memory.write(text, 7, 'latin1')
    const found = parseRequestHead(memory, 7, 7 + size, { ...SETTINGS, ...settings })
    if (!found) throw new Error('the head is not complete')
    return found
  }
  const lines = [
    'Host: a',
    'USER-Agent: b \xe4',
    'X-A: 1',
    'x-a: 2',
    'Referer: one',
    'referer: two',
  ]
  const read = (found: RequestHead) => [
    found.get('user-agent'),
    found.get('x-a'),
    found.all('x-a'),
    found.joined('x-a', ', '),
    found.joined('referer', ', '),
    found.get('user-agenx'),
    found.get('cookie'),
    found.line,
  ]
  const wanted = [
    'b \xe4',
    '1',
    ['1', '2'],
    '1, 2',
    'one, two',
    undefined,
    undefined,
    'GET  /a HTTP/1.1',
  ]

  it('its fields and its line are those that they are afterwards', () => {
    const found = fresh(head('GET  /a HTTP/1.1', ...lines))
    expect(read(found)).toEqual(wanted)
    found.settle()
    memory.fill(0)
    expect(read(found)).toEqual(wanted)
  })

  it('they stay while other heads are read in its place', () => {
    for (const agent of ['one', 'two', 'one', '', 'x'.repeat(300), 'two']) {
      const found = fresh(head(`GET /${agent} HTTP/1.1`, `User-Agent: ${agent}`, 'X: 1'))
      const values = [found.get('user-agent'), found.line]
      fresh(head('GET /other HTTP/1.1', 'User-Agent: another one'))
      expect(values).toEqual([agent, `GET /${agent} HTTP/1.1`])
    }
  })

  it('a name is no other that differs from it by the bit of its case alone', () => {
    const found = fresh(head('GET / HTTP/1.1', 'X^A: 1', 'X-B: 2'), {
      ignore_invalid_headers: false,
    })
    expect([found.get('x~a'), found.get('x^a'), found.get('x-b')]).toEqual([undefined, '1', '2'])
  })

  it('its line is what was sent', () => {
    for (const line of ['GET / HTTP/1.0', 'GET   /a   HTTP/1.2  ', 'POST http://a/b HTTP/1.1']) {
      expect(fresh(head(line, 'Host: a')).line).toBe(line)
      expect(fresh(`${line}\nHost: a\n\n`).line).toBe(line)
    }
    expect(fresh('GET /a\r\n').line).toBe('GET /a')
  })
})

describe('where a value ends', () => {
  it('is found wherever it and what ends it stand in a word', () => {
    const value = fc.string({
      unit: fc.constantFrom(' ', '!', 'a', '\x7f', '\x80', '\xa0', '\xff', '\t'),
      maxLength: 20,
    })
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), (values) => {
        const lines = values.map((each, i) => `N-${i}: ${each}`)
        const found = parsed(head('GET / HTTP/1.1', ...lines))
        const expected = values.map((each, i) => [`N-${i}`, each.replace(/^[ \t]+|[ \t]+$/g, '')])
        expect([...found]).toEqual(expected)
      }),
    )
  })

  it.each([...Array(33).keys()].filter((code) => ![9, 10, 13, 32].includes(code)))(
    'control byte %i is taken or refused as alone, in every place of a word',
    (code) => {
      const outcome = (value: string) => {
        const text = head('GET / HTTP/1.1', `A: ${value}`)
        return code === 0 ? refusal(() => parse(text)) : parsed(text).get('a')
      }
      const byte = String.fromCharCode(code)
      for (let before = 0; before < 8; before++) {
        const value = `${'x'.repeat(before)}${byte}yyyyyyyy`
        expect(outcome(value)).toEqual(code === 0 ? 400 : value)
      }
    },
  )
})

describe('the memory of a head', () => {
  const text = head('GET /a HTTP/1.1', 'Host: h', 'Cookie: secret')
  const read = (): RequestHead => {
    memory.write(text, 'latin1')
    return parseRequestHead(memory, 0, text.length, SETTINGS) as RequestHead
  }

  it('may be overwritten once the head is settled', () => {
    const found = read()
    found.settle()
    memory.fill('#', 0, text.length)
    parsed(head('POST /other HTTP/1.1', 'X: y'))
    expect(tell(found)).toEqual({
      ...{ method: 'GET', target: '/a', version: 11, size: text.length },
      fields: [
        ['Host', 'h'],
        ['Cookie', 'secret'],
      ],
    })
  })

  it('is not read again for a head that was released', () => {
    const found = read()
    found.release()
    expect(() => found.get('cookie')).toThrow('the fields of a request are read after its end')
    expect(() => [...found]).toThrow('the fields of a request are read after its end')
    expect(found.host).toBe('h')
    expect(basics(found)).toEqual({ method: 'GET', target: '/a', version: 11 })
  })

  it('is of no use to a head that was settled before it was released', () => {
    const found = read()
    found.settle()
    found.release()
    memory.fill('#', 0, text.length)
    expect(found.get('cookie')).toBe('secret')
  })
})

describe('a head in pieces', () => {
  const complete = [
    head('GET / HTTP/1.1', 'Host: a', 'X-B: c d'),
    'GET /a HTTP/1.0\n\n',
    'GET /a HTTP/1.1\nHost: b\r\nC: d\n\r\n',
    '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /old\r\n',
    'GET /old\n',
    head('POST /a HTTP/1.1', 'Host: a', 'Content-Length: 10', 'Expect: 100-continue'),
  ]

  it.each(complete)('is what it is in one: %j', (text) => {
    const whole = new Input()
    whole.add(Buffer.from(text, 'latin1'), text.length)
    const expected = tell(nextHead(whole, SETTINGS))
    expect(expected).toBeDefined()
    for (let at = 1; at < text.length; at++) {
      expect(tell(readPieces([text.slice(0, at), text.slice(at)]).at(0))).toEqual(expected)
    }
    expect(tell(readPieces([...text]).at(0))).toEqual(expected)
  })

  it('is refused as it is in one', () => {
    const texts = [
      'GET / HTTP/9.9\r\nA: b\r\n\r\n',
      'GET / HTTP/1.1\r\nA : b\r\n\r\n',
      'get /\r\n\r\n',
    ]
    for (const text of texts) {
      const status = refusal(() => readPieces([text]))
      expect(typeof status).toBe('number')
      expect(refusal(() => readPieces([...text]))).toBe(status)
    }
  })

  it('is refused as soon as it is too long, however it comes', () => {
    const line = refusal(() => readPieces(Array(20).fill('GET /aaaaaaa'.repeat(50))))
    expect(line).toBe(414)
    const field = ['GET / HTTP/1.1\r\nX: ', ...Array(20).fill('a'.repeat(1000))]
    expect(refusal(() => readPieces(field))).toBe(400)
    const many = ['GET / HTTP/1.1\r\n', ...Array(50).fill(`X: ${'a'.repeat(1000)}\r\n`)]
    expect(refusal(() => readPieces(many))).toBe(400)
  })

  it('does not hide a complete head before it', () => {
    const input = new Input()
    add(input, `${head('GET /1 HTTP/1.1', 'Host: a')}GET /2 HT`)
    add(input, 'TP/1.1\r\nHo')
    expect(nextHead(input, SETTINGS)?.target).toBe('/1')
    expect(nextHead(input, SETTINGS)).toBeUndefined()
    add(input, 'st: a\r\n')
    expect(nextHead(input, SETTINGS)).toBeUndefined()
    add(input, '\r\n')
    expect(nextHead(input, SETTINGS)?.target).toBe('/2')
    expect(input.size).toBe(0)
  })

  it('costs about the same in single bytes however long it is', () => {
    const text = head('GET / HTTP/1.1', ...Array(7).fill(`X: ${'a'.repeat(4000)}`))
    const looks = countSlices(() => readPieces([...text]))
    // Each piece may be looked at, the whole head only a few times.
    expect(looks).toBeLessThan(text.length * 20)
  })

  it('gives requests in order for any cut of a pipeline', () => {
    const texts = [0, 1, 2, 3].map((i) => head(`GET /${i} HTTP/1.1`, 'Host: a', `X-${i}: y`))
    const all = texts.join('')
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 12 }),
        (cuts) => {
          const edges = [0, ...new Set(cuts.sort((a, b) => a - b)), all.length]
          const pieces = edges.slice(1).map((to, i) => all.slice(edges[i], to))
          expect(readPieces(pieces).map((each) => each.target)).toEqual(['/0', '/1', '/2', '/3'])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('any bytes at all', () => {
  const spiced = fc.array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'GET ',
          ' HTTP/1.1',
          '\r\n',
          '\n',
          '\r',
          ': ',
          ':',
          ' ',
          '\t',
          '\0',
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'Host',
          'Content-Length',
          'Transfer-Encoding',
          '/',
          'http://a',
          '5',
        ),
      },
      {
        weight: 1,
        arbitrary: fc.uint8Array({ maxLength: 6 }).map((b) => Buffer.from(b).toString('latin1')),
      },
    ),
    { maxLength: 40 },
  )

  it('are a head, not yet a head, or refused with a GatewayError', () => {
    fc.assert(
      fc.property(
        spiced.map((parts) => parts.join('')),
        (text) => {
          try {
            const found = parse(text)
            if (!found) return
            expect(found.size).toBeLessThanOrEqual(text.length)
            expect(found.target).not.toMatch(/[\0-\x20\x7f]/)
            for (const [name, value] of found) {
              expect(name).toMatch(/^[0-9A-Za-z-]+$/)
              expect(value).not.toMatch(/[\r\n\0]/)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('come out as they were written, when they are a valid head', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)
    const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[ -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/)
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z]{1,8}$/),
        fc.stringMatching(/^\/[!-~\x80-\xff]{0,30}$/),
        fc.constantFrom(10, 11),
        fc.array(fc.tuple(name, value), { maxLength: 12 }),
        fc.constantFrom('\r\n', '\n'),
        fc.stringMatching(/^[ -~]{0,10}$/),
        (method, target, version, fields, end, rest) => {
          const lines = fields.map(([n, v]) => `${n}: ${v}${end}`).join('')
          const text = `${method} ${target} HTTP/1.${version - 10}${end}${lines}${end}`
          expect(tell(parsed(text + rest))).toEqual({
            method,
            target,
            version,
            fields,
            size: text.length,
          })
          expect(parse(text.slice(0, -1))).toBeUndefined()
        },
      ),
      { numRuns: 1000 },
    )
  })
})

function add(input: Input, text: string): void {
  input.add(Buffer.from(text, 'latin1'), text.length)
  input.keep()
}

/** Reads heads as a connection does, from pieces that come one after another. */
function readPieces(pieces: readonly string[]): RequestHead[] {
  const input = new Input()
  const found: RequestHead[] = []
  for (const piece of pieces) {
    const lent = Buffer.from(piece, 'latin1')
    input.add(lent, lent.length)
    for (;;) {
      const next = nextHead(input, SETTINGS)
      if (!next) break
      next.settle()
      found.push(next)
    }
    input.keep()
    // The memory was only lent.
    lent.fill('#')
  }
  return found
}

/** Characters turned into strings while `call` runs. */
function countSlices(call: () => void): number {
  const original = Buffer.prototype.latin1Slice
  let characters = 0
  Buffer.prototype.latin1Slice = function (this: Buffer, ...args: [number?, number?]) {
    const text = original.apply(this, args)
    characters += text.length
    return text
  }
  try {
    call()
  } finally {
    Buffer.prototype.latin1Slice = original
  }
  return characters
}
