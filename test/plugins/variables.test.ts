import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { VERSION } from '../../src/base/version.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { capture, namedCapture } from '../../src/kernel/variable/captures.ts'
import { Variables } from '../../src/kernel/variable/registry.ts'
import common from '../../src/plugins/variables/index.ts'
import { CollectingSink } from '../../src/testing/collecting-sink.ts'
import { fakeExchange } from '../../src/testing/fake-request.ts'
import type { RequestOptions } from '../../src/testing/index.ts'
import { Head } from '../../src/wire/head.ts'
import { Fields } from '../../src/wire/http1/fields.ts'
import { compileServer } from '../config/compile-text.ts'

const variables = new Variables([common])
const { plan } = compileServer('server_name: www.example.com\nroot: /srv/$host')
const server = plan.listens[0]?.servers.default
if (!server) throw new Error('no server')

function request(options: RequestOptions = {}): Exchange {
  return fakeExchange(options, server as never, new CollectingSink())
}

function value(name: string, x: Exchange): string | undefined {
  const getter = variables.getter(name)
  if (!getter) throw new Error(`no variable ${name}`)
  return getter(x)
}

const full: RequestOptions = {
  method: 'POST',
  target: '/a%20b/../c%20d?one=1&Two=2&empty=&one=3&flag',
  host: 'example.com',
  headers: {
    'Content-Type': 'text/plain',
    'Content-Length': '5',
    'X-Many': ['a', 'b'],
    'User-Agent': 'test',
    Cookie: ['first=1; Second=two=2', 'third=3'],
    Authorization: 'Basic YW5uOnNlY3JldDp4',
  },
  body: 'hello',
  client: { address: '192.0.2.7', port: 4711, serial: 12, requests: 3 },
}

describe('of a request', () => {
  test.each<[name: string, value: string | undefined]>([
    ['request', 'POST /a%20b/../c%20d?one=1&Two=2&empty=&one=3&flag HTTP/1.1'],
    ['request_method', 'POST'],
    ['request_uri', '/a%20b/../c%20d?one=1&Two=2&empty=&one=3&flag'],
    ['uri', '/c d'],
    ['document_uri', '/c d'],
    ['args', 'one=1&Two=2&empty=&one=3&flag'],
    ['query_string', 'one=1&Two=2&empty=&one=3&flag'],
    ['is_args', '?'],
    ['arg_one', '1'],
    ['arg_two', '2'],
    ['ARG_TWO', '2'],
    ['arg_empty', ''],
    ['arg_flag', undefined],
    ['arg_on', undefined],
    ['host', 'example.com'],
    ['http_host', 'example.com'],
    ['http_user_agent', 'test'],
    ['http_x_many', 'a, b'],
    ['http_none', undefined],
    ['http_cookie', 'first=1; Second=two=2; third=3'],
    ['cookie_first', '1'],
    ['cookie_second', 'two=2'],
    ['cookie_third', '3'],
    ['cookie_none', undefined],
    ['content_type', 'text/plain'],
    ['content_length', '5'],
    ['remote_user', 'ann'],
    ['remote_addr', '192.0.2.7'],
    ['remote_port', '4711'],
    ['binary_remote_addr', '\xc0\x00\x02\x07'],
    ['server_addr', '127.0.0.1'],
    ['server_port', '8080'],
    ['server_name', 'www.example.com'],
    ['server_protocol', 'HTTP/1.1'],
    ['scheme', 'http'],
    ['https', ''],
    ['connection', '12'],
    ['connection_requests', '3'],
    ['document_root', '/srv/example.com'],
    ['request_filename', '/srv/example.com/c d'],
    ['realpath_root', undefined],
    ['hostname', hostname()],
    ['pid', `${process.pid}`],
    ['gateway_version', VERSION],
    ['status', '000'],
    ['body_bytes_sent', '0'],
    ['request_completion', ''],
    ['sent_http_content_type', undefined],
  ])('$%s is %j', (name, expected) => expect(value(name, request(full))).toBe(expected))

  test('with nothing in it', () => {
    const x = request({ version: 9, host: '' })
    expect(value('request', x)).toBe('GET /')
    expect(value('server_protocol', x)).toBe('HTTP/0.9')
    expect(value('host', x)).toBe('www.example.com')
    expect([value('args', x), value('is_args', x), value('arg_a', x)]).toEqual([
      undefined,
      '',
      undefined,
    ])
    expect(value('remote_user', x)).toBeUndefined()
    expect(value('server_protocol', request({ version: 10 }))).toBe('HTTP/1.0')
  })

  test('$request_id is 32 hexadecimal digits that stay', () => {
    const x = request()
    const id = value('request_id', x)
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(value('request_id', x)).toBe(id)
    expect(value('request_id', request())).not.toBe(id)
  })

  test.each([
    ['Basic !!!', undefined],
    ['Basic YW5u', undefined],
    ['basic  YW5uOg==', 'ann'],
    ['Bearer YW5uOg==', undefined],
  ])('Authorization %j names the user %j', (field, user) => {
    expect(value('remote_user', request({ headers: { Authorization: field } }))).toBe(user)
  })

  test.each([
    ['::1', `${'\0'.repeat(15)}\x01`],
    ['2001:db8::ff00:42:8329', '\x20\x01\x0d\xb8\0\0\0\0\0\0\xff\0\0\x42\x83\x29'],
    ['::ffff:192.0.2.1', `${'\0'.repeat(10)}\xff\xff\xc0\0\x02\x01`],
    ['fe80::1%eth0', `\xfe\x80${'\0'.repeat(13)}\x01`],
    ['1:2:3:4:5:6:7:8', '\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08'],
    ['unix:', undefined],
  ])('$binary_remote_addr of %s', (address, bytes) => {
    expect(value('binary_remote_addr', request({ client: { address } }))).toBe(bytes)
  })
})

describe('of a response', () => {
  function answered(): Exchange {
    const x = request(full)
    const fields = Fields.from({ 'X-A': ['1', '2'], Location: '/x' })
    x.head = new Head(201, fields)
    x.head.type = 'text/html'
    x.head.length = 10
    x.head.modified = 0
    x.bodySent = 10
    x.sent = 150
    x.completed = true
    return x
  }
  test.each([
    ['status', '201'],
    ['body_bytes_sent', '10'],
    ['bytes_sent', '150'],
    ['request_completion', 'OK'],
    ['sent_http_content_type', 'text/html'],
    ['sent_http_content_length', '10'],
    ['sent_http_last_modified', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['sent_http_location', '/x'],
    ['sent_http_x_a', '1, 2'],
    ['sent_http_none', undefined],
  ])('$%s is %j', (name, expected) => expect(value(name, answered())).toBe(expected))

  test('that broke off is not complete', () => {
    const x = answered()
    x.completed = false
    expect(value('request_completion', x)).toBe('')
  })
})

describe('of time', () => {
  test.each([
    ['msec', /^\d{10}\.\d{3}$/],
    ['request_time', /^0\.\d{3}$/],
    ['connection_time', /^\d+\.\d{3}$/],
    ['time_local', /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/],
    ['time_iso8601', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/],
  ])('$%s is like %s', (name, form) => expect(value(name, request())).toMatch(form))

  test('$time_iso8601 is the present', () => {
    const time = Date.parse(value('time_iso8601', request()) ?? '')
    expect(Math.abs(Date.now() - time)).toBeLessThan(2000)
  })
})

describe('the registry', () => {
  test('knows no other names', () => {
    for (const name of ['none', 'http', 'arg', '0', '10', '']) {
      expect(variables.getter(name), name).toBeUndefined()
    }
  })

  test('knows what a request never has, and nobody can name', () => {
    for (const name of ['http_', 'arg_']) expect(value(name, request()), name).toBeUndefined()
  })

  test('takes definitions, of which the last counts, but not for names of the kernel', () => {
    const own = new Variables([common])
    own.define('Kind', () => 'first')
    own.define('kind', () => 'second')
    expect(own.getter('KIND')?.(request())).toBe('second')
    expect([own.isFixed('kind'), own.isFixed('URI'), own.isFixed('none')]).toEqual([
      false,
      true,
      false,
    ])
    own.define('http_own', () => 'defined')
    expect(own.getter('http_own')?.(request())).toBe('defined')
    expect(own.names()).toEqual(expect.arrayContaining(['uri', 'kind']))
  })

  test('the longest prefix of a family decides, and makes one getter a name', () => {
    const made: string[] = []
    const family = (name: string) => ({
      doc: '',
      make: (rest: string) => {
        made.push(`${name} ${rest}`)
        return () => rest
      },
    })
    const own = new Variables([{ families: { a_: family('short'), a_b_: family('long') } }])
    expect(own.getter('a_b_c')).toBe(own.getter('a_b_c'))
    own.getter('a_bc')
    expect(made).toEqual(['long c', 'short bc'])
  })

  test('slots are one for each name, in any case', () => {
    expect(variables.slot('One')).toBe(variables.slot('one'))
    expect(variables.slot('one')).not.toBe(variables.slot('two'))
  })
})

describe('captures', () => {
  const match = (regex: RegExp, text: string) => regex.exec(text) as RegExpExecArray

  test('numbers are those of the last match, names stay', () => {
    const x = request()
    capture(x, match(/(?<first>a)(b)/, 'ab'))
    capture(x, match(/(?<second>c)/, 'c'))
    expect([value('1', x), value('2', x)]).toEqual(['c', undefined])
    expect([namedCapture('first')(x), namedCapture('second')(x)]).toEqual(['a', 'c'])
  })

  test('names of a match that was only put in place are kept as well', () => {
    const x = request()
    x.captures = match(/(?<name>a)/, 'a')
    capture(x, match(/b/, 'b'))
    expect(namedCapture('name')(x)).toBe('a')
  })
})
