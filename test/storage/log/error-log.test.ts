import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { LEVELS, type Level } from '../../../src/base/level.ts'
import { ErrorLog } from '../../../src/storage/log/error-log.ts'
import { openLogFile } from '../../../src/storage/log/log-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'gateway-error-log-'))
let count = 0
let path = ''

function log(...levels: Level[]): ErrorLog {
  path = join(folder, `${count++}.log`)
  return new ErrorLog(levels.map((level) => ({ to: openLogFile(path), level })))
}

const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1)

afterEach(() => rmSync(path, { force: true }))

test('a line has time, level, process, connection, text and what is known of the request', () => {
  log('error').write('error', 'open() failed', {
    connection: 5,
    client: '127.0.0.1',
    server: 'example.com',
    request: 'GET / HTTP/1.1',
    upstream: 'http://127.0.0.1:81/',
    host: 'example.com:80',
  })
  const pid = process.pid
  expect(lines()[0]).toMatch(
    new RegExp(
      `^\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d \\[error\\] ${pid}#${pid}: \\*5 open\\(\\) failed, `,
    ),
  )
  expect(lines()[0]).toContain(
    ', client: 127.0.0.1, server: example.com, request: "GET / HTTP/1.1", ' +
      'upstream: "http://127.0.0.1:81/", host: "example.com:80"',
  )
})

test('what is not known of the request is left out', () => {
  log('error').write('error', 'text', { client: '127.0.0.1', server: '', request: undefined })
  expect(lines()[0]).toMatch(/: text, client: 127\.0\.0\.1$/)
})

for (const [i, level] of LEVELS.entries()) {
  test(`a log of level ${level} takes what is as severe or more`, () => {
    const one = log(level)
    for (const each of LEVELS) one.write(each, `a line of ${each}`)
    expect(lines().map((line) => /\[(\w+)\]/.exec(line)?.[1])).toEqual(LEVELS.slice(i))
    expect(LEVELS.map((each) => one.enabled(each))).toEqual(LEVELS.map((_, at) => at >= i))
  })
}

test('a line goes to every log whose level it has', () => {
  const one = log('error', 'info')
  one.write('notice', 'once')
  one.write('error', 'twice')
  expect(lines().filter((line) => line.includes('once'))).toHaveLength(1)
  expect(lines().filter((line) => line.includes('twice'))).toHaveLength(2)
})

test('nobody can forge a line', () => {
  log('error').write('error', 'one\n2026/01/01 00:00:00 [alert] 1#1: forged\x1b[2J', {
    request: 'GET /\x00 HTTP/1.1',
  })
  expect(lines()).toHaveLength(2)
  expect(lines()[1]).toMatch(/^ {4}2026.*forged\\x1B\[2J, request: "GET \/\\x00 HTTP\/1.1"$/)
})

test('a long text is cut', () => {
  log('error').write('error', 'x'.repeat(1e6))
  expect(lines()[0]?.length).toBeLessThan(20_000)
})
