import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant, openLogFile } from 'gateway/plugin'
import { type RequestOptions, type Setup, underTest } from 'gateway/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/access-log/index.ts'

let prefix: string

beforeEach(() => {
  prefix = mkdtempSync(join(tmpdir(), 'access-log-'))
})
afterEach(() => rmSync(prefix, { recursive: true }))

const set = (directives: NonNullable<Setup['directives']>, settings: Setup['settings'] = {}) => {
  return underTest(plugin, { directives, settings, prefix })
}

const linesOf = (name: string) => {
  openLogFile(join(prefix, name)).flush()
  return readFileSync(join(prefix, name), 'utf8').split('\n').slice(0, -1)
}

/** The line of one request in a format. */
const lineOf = async (format: string | readonly string[], request: RequestOptions = {}) => {
  const words = typeof format === 'string' ? format : format.join(' ')
  await set({ access_log: 'log own', log_format: `own ${words}` }).request(request)
  return linesOf('log')[0]
}

describe('access_log', () => {
  it('writes combined lines', async () => {
    await set({ access_log: 'log' }).request({
      target: '/none?a=b',
      headers: {
        Referer: 'http://there/',
        'User-Agent': 'curl "8"',
        Authorization: 'Basic bWU6eA==',
      },
    })
    expect(linesOf('log')[0]).toMatch(
      /^127\.0\.0\.1 - me \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/none\?a=b HTTP\/1\.1" 404 \d+ "http:\/\/there\/" "curl \\x228\\x22"$/,
    )
  })

  it('writes to several files, each in its format', async () => {
    const subject = set({ access_log: ['one own', 'two'], log_format: 'own "[$uri]"' })
    await subject.request({ target: '/x' })
    expect(linesOf('one')).toEqual(['[/x]'])
    expect(linesOf('two')[0]).toContain('"GET /x HTTP/1.1"')
  })

  it('writes nothing with off, whatever else stands there', () => {
    expect(set({ access_log: 'off' }).config).toBeUndefined()
    expect(set({ access_log: ['log', 'off', 'other'] }).config).toBeUndefined()
    expect(set({}).config).toBeUndefined()
  })

  it('writes only what its condition lets through', async () => {
    const subject = set({ access_log: 'log own if=$arg_log', log_format: 'own $uri' })
    for (const target of ['/a?log=1', '/b?log=0', '/c', '/d?log=yes']) {
      await subject.request({ target })
    }
    expect(linesOf('log')).toEqual(['/a', '/d'])
  })

  it('holds lines back in its buffer', async () => {
    const subject = set({ access_log: 'log own buffer=64 flush=1h', log_format: 'own $uri' })
    await subject.request({ target: '/short' })
    expect(readdirSync(prefix)).toEqual([])
    await subject.request({ target: `/${'long'.repeat(20)}` })
    expect(readFileSync(join(prefix, 'log'), 'utf8')).toContain('/short\n/long')
  })

  it('makes a file for each value of a variable in its path', async () => {
    mkdirSync(join(prefix, 'root'))
    const root = constant(join(prefix, 'root'))
    const subject = set({ access_log: '$host.log own', log_format: 'own $uri' }, { root })
    await subject.request({ target: '/a', host: 'one' })
    await subject.request({ target: '/b', host: 'two' })
    await subject.request({ target: '/c', host: 'one' })
    expect(readFileSync(join(prefix, 'one.log'), 'utf8')).toBe('/a\n/c\n')
    expect(readFileSync(join(prefix, 'two.log'), 'utf8')).toBe('/b\n')
  })

  it('makes no file where the root is missing, or the path climbs', async () => {
    const setup = { access_log: 'logs-$arg_x.log own', log_format: 'own $uri' }
    const missing = await set(setup, { root: constant(join(prefix, 'no')) }).request({
      target: '/?x=1',
    })
    expect(missing.log.join()).toContain('existence failed')
    const climbing = await set(setup, { root: constant(prefix) }).request({
      target: '/?x=/../../up',
    })
    expect(climbing.log.join()).toContain('would leave its folder')
    expect(readdirSync(prefix)).toEqual([])
  })

  it('keeps as many files open as open_log_file_cache says', async () => {
    const open = () => {
      return readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(prefix)
        } catch {
          return false
        }
      }).length
    }
    const subject = set(
      {
        access_log: '$arg_x.log own',
        log_format: 'own $uri',
        open_log_file_cache: 'max=3 inactive=20s valid=1m',
      },
      { root: constant(prefix) },
    )
    for (let i = 0; i < 10; i++) await subject.request({ target: `/${i}?x=${i}` })
    expect(open()).toBe(3)
    await subject.request({ target: '/again?x=9' })
    expect(readFileSync(join(prefix, '9.log'), 'utf8')).toBe('/9\n/again\n')
    expect(open()).toBe(3)
  })

  it.each([
    ['log unknown', 'unknown log format "unknown"'],
    ['log combined flush=1s', 'flush without a buffer'],
    ['log combined gzip=0', 'invalid compression level'],
    ['log combined bufer=1k', 'is not one of'],
    ['syslog:server=unix:/dev/log', 'Node has no datagrams over unix sockets'],
    ['syslog:server=logs.example.com', '"logs.example.com" is not an IP address'],
    ['syslog:server=127.0.0.1:99999', 'invalid port in "127.0.0.1:99999"'],
    ['syslog:tag=x', 'no syslog server specified'],
    ['syslog:server=127.0.0.1,facility=no', 'unknown syslog facility "no"'],
    ['syslog:server=127.0.0.1,severity=no', 'unknown syslog severity "no"'],
    ['syslog:server=127.0.0.1,tag=a-b', 'syslog "tag" only allows'],
    [`syslog:server=127.0.0.1,tag=${'x'.repeat(33)}`, 'length exceeds 32'],
    ['syslog:server=127.0.0.1,more', 'unknown syslog parameter "more"'],
    ['syslog:server=127.0.0.1 combined buffer=1k', 'lines for syslog are neither buffered'],
    ['$host.log combined buffer=1k', 'cannot have variables'],
    ['off combined', 'after "off"'],
  ])('refuses %s', (text, message) => {
    expect(() => set({ access_log: text })).toThrow(message)
  })
})

describe('log_format', () => {
  it('writes a dash for a variable without a value', async () => {
    expect(await lineOf('"$arg_a|$http_x|${uri}s"', { target: '/u?a=' })).toBe('|-|/us')
  })

  it('puts its strings together', async () => {
    expect(await lineOf(['"a $uri"', '"b"', 'c'])).toBe('a /bc')
  })

  const nasty = { target: '/x', headers: { X: 'a"b\\c\td\u00c3\u00a4' } }

  it('escapes as nginx does', async () => {
    expect(await lineOf('"$http_x"', nasty)).toBe('a\\x22b\\x5Cc\\x09d\\xC3\\xA4')
  })

  it('escapes for JSON', async () => {
    expect(await lineOf('escape=json \'{"x":"$http_x","n":"$arg_n"}\'', nasty)).toBe(
      '{"x":"a\\"b\\\\c\\tdä","n":""}',
    )
  })

  it('escapes nothing with none', async () => {
    expect(await lineOf('escape=none "$http_x"', nasty)).toBe('a"b\\c\tdä')
  })

  it('writes a JSON object a line', async () => {
    await set({ access_log: 'log json' }).request({
      target: '/none',
      headers: { 'User-Agent': 'ä' },
    })
    const line = JSON.parse(linesOf('log')[0] as string)
    expect(line).toMatchObject({
      remote_addr: '127.0.0.1',
      method: 'GET',
      uri: '/none',
      status: 404,
      request_time: expect.any(Number),
    })
    expect(line).not.toHaveProperty('referer')
    expect(line).not.toHaveProperty('level')
  })

  it('writes the fields one names', async () => {
    const line = await lineOf('as=json s=$status "what=$request_method $uri" fix=ed', nasty)
    expect(JSON.parse(line as string)).toEqual({ s: 404, what: 'GET /x', fix: 'ed' })
  })

  it('lets one’s own json format count', async () => {
    await set({ access_log: 'log json', log_format: 'json $uri' }).request({ target: '/x' })
    expect(linesOf('log')).toEqual(['/x'])
  })

  it.each([
    ['combined $uri', 'duplicate'],
    ['own escape=html $uri', 'is not one of'],
    ['own as=json status', 'is not key=value'],
    ['own $nonsense', 'unknown variable'],
  ])('refuses %s', (text, message) => {
    expect(() => set({ log_format: text })).toThrow(message)
  })

  it('refuses a name twice', () => {
    expect(() => set({ log_format: ['a $uri', 'a $args'] })).toThrow('duplicate')
  })
})
