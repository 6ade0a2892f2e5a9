import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { AppendingFile } from '../../../src/storage/log/appending-file.ts'

/** A disk: so many bytes have room on it. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  function writeSync(fd: number, bytes: Buffer, at = 0): number {
    const size = Math.min(disk.room, bytes.length - at)
    if (size === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC', errno: -28 })
    disk.room -= size
    return fs.writeSync(fd, bytes, at, size)
  }
  return { ...fs, writeSync }
})

const folder = mkdtempSync(join(tmpdir(), 'gateway-torn-line-'))
let count = 0
let path = ''

beforeEach(() => {
  disk.room = Number.POSITIVE_INFINITY
  path = join(folder, `${count++}.log`)
})
afterAll(() => rmSync(folder, { recursive: true }))

const open = () => new AppendingFile(path, { buffer: 0, flush: 0 }, () => {})
const text = (file = path) => readFileSync(file, 'utf8')

function writeWithRoom(file: AppendingFile, room: number, line: string): boolean {
  disk.room = room
  const written = file.writeNow(line)
  disk.room = Number.POSITIVE_INFINITY
  return written
}

test('a line that was torn is finished before the next', () => {
  const file = open()
  expect(writeWithRoom(file, 9, 'one\ntwo and more\nthree\n')).toBe(false)
  expect(text()).toBe('one\ntwo a')
  expect(file.writeNow('four\n')).toBe(true)
  expect(file.writeNow('five\n')).toBe(true)
  expect(text()).toBe('one\ntwo and more\nfour\nfive\n')
})

test('a line is finished in several pieces where room comes slowly', () => {
  const file = open()
  writeWithRoom(file, 2, 'abcdefgh\n')
  for (const room of [3, 0, 0, 2]) writeWithRoom(file, room, 'lost\n')
  expect(text()).toBe('abcdefg')
  file.writeNow('next\n')
  expect(text()).toBe('abcdefgh\nnext\n')
})

test('a character of several bytes is not torn for ever', () => {
  const file = open()
  writeWithRoom(file, 2, 'a\u00e9\n')
  file.writeNow('next\n')
  expect(text()).toBe('a\u00e9\nnext\n')
})

test('nothing is added to a log whose last line is whole', () => {
  const file = open()
  writeWithRoom(file, 4, 'one\ntwo\n')
  file.writeNow('three\n')
  writeWithRoom(file, 0, 'four\n')
  file.writeNow('five\n')
  expect(text()).toBe('one\nthree\nfive\n')
})

test('a line that another process tore ends before the next', () => {
  const [one, other] = [open(), open()]
  writeWithRoom(one, 3, 'one torn\n')
  writeWithRoom(other, 0, 'lost\n')
  other.writeNow('other\n')
  expect(text()).toBe('one\nother\n')
  // It is too late to finish the torn one.
  one.writeNow('late\n')
  expect(text()).toBe('one\nother\nlate\n')
})

test('whoever has not met the full disk ends a torn line as well', () => {
  vi.useFakeTimers()
  const [one, other] = [open(), open()]
  other.writeNow('other\n')
  writeWithRoom(one, 3, 'one torn\n')
  vi.advanceTimersByTime(1001)
  other.writeNow('after a while\n')
  expect(text()).toBe('other\none\nafter a while\n')
  vi.useRealTimers()
})

test('the first line of a process begins on a line of its own', () => {
  writeFileSync(path, 'what a crash left')
  open().writeNow('first\n')
  expect(text()).toBe('what a crash left\nfirst\n')
})

test('a torn line is finished in its own file when the log is reopened', () => {
  const file = open()
  writeWithRoom(file, 3, 'torn line\n')
  renameSync(path, `${path}.1`)
  file.reopen()
  file.writeNow('new\n')
  expect([text(`${path}.1`), text()]).toEqual(['torn line\n', 'new\n'])
})

test('a log reopened while there is no room ends its torn line later', () => {
  const file = open()
  writeWithRoom(file, 3, 'torn line\n')
  disk.room = 0
  file.reopen()
  disk.room = Number.POSITIVE_INFINITY
  file.writeNow('new\n')
  expect(text()).toBe('tor\nnew\n')
})

test('a torn line is finished where the log was closed meanwhile', () => {
  const file = open()
  writeWithRoom(file, 3, 'torn line\n')
  disk.room = 0
  file.close()
  disk.room = Number.POSITIVE_INFINITY
  file.writeNow('new\n')
  expect(text()).toBe('torn line\nnew\n')
})

test('no line of the log ever holds parts of two', () => {
  const step = fc.record({
    writer: fc.nat(2),
    room: fc.option(fc.nat(30), { nil: Number.POSITIVE_INFINITY }),
    size: fc.nat(20),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      path = join(folder, `${count++}.log`)
      const writers = [open(), open(), open()]
      for (const [i, { writer, room, size }] of steps.entries()) {
        const line = `<${i}:${'\u00e9'.repeat(size)}>\n`
        if (writeWithRoom(writers[writer] as AppendingFile, room, line)) continue
        // Whoever serves meets the full disk soon.
        for (const each of writers) writeWithRoom(each, 0, 'lost\n')
      }
      for (const each of writers) each.close()
      const lines = text().split('\n')
      for (const line of lines) expect(line.lastIndexOf('<')).toBeLessThanOrEqual(0)
    }),
  )
})
