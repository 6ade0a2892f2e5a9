import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { AppendingFile } from '../../../src/storage/log/appending-file.ts'
import { beginLogFiles, closeOldLogFiles, openLogFile } from '../../../src/storage/log/log-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'gateway-log-file-'))
let count = 0
const fresh = () => join(folder, `${count++}.log`)
const text = (path: string) => readFileSync(path, 'utf8')
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
const silent = () => {}

test('lines of one turn of the loop are there after it, in order', async () => {
  const path = fresh()
  const file = new AppendingFile(path, { buffer: 0, flush: 0 }, silent)
  file.write('one\n')
  file.write('two\n')
  await turn()
  expect(text(path)).toBe('one\ntwo\n')
})

test('a file that is compressed can be read, whoever wrote how much of it', () => {
  const path = fresh()
  const open = () => new AppendingFile(path, { buffer: 30, flush: 0, gzip: 1 }, silent)
  const one = open()
  const two = open()
  for (let i = 0; i < 5; i++) {
    one.write(`line ${i} of one\n`)
    two.write(`line ${i} of two\n`)
  }
  one.close()
  two.close()
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')
  expect(lines.sort()).toEqual(
    ['one', 'two'].flatMap((who) => [0, 1, 2, 3, 4].map((i) => `line ${i} of ${who}`)).sort(),
  )
})

test('with a buffer, lines wait until it is full', () => {
  const path = fresh()
  const file = new AppendingFile(path, { buffer: 10, flush: 0 }, silent)
  file.open()
  file.write('12345\n')
  expect(text(path)).toBe('')
  file.write('1234\n')
  expect(text(path)).toBe('12345\n1234\n')
})

test('with a flush time, lines do not wait longer', () => {
  vi.useFakeTimers()
  const path = fresh()
  const file = new AppendingFile(path, { buffer: 1000, flush: 500 }, silent)
  file.open()
  file.write('late\n')
  vi.advanceTimersByTime(499)
  expect(text(path)).toBe('')
  vi.advanceTimersByTime(1)
  expect(text(path)).toBe('late\n')
  vi.useRealTimers()
})

test('what another process appends stays', async () => {
  const path = fresh()
  writeFileSync(path, 'before\n')
  const one = new AppendingFile(path, { buffer: 0, flush: 0 }, silent)
  const two = new AppendingFile(path, { buffer: 0, flush: 0 }, silent)
  one.write('one\n')
  two.write('two\n')
  one.write('three\n')
  await turn()
  expect(text(path)).toBe('before\none\nthree\ntwo\n')
})

test('reopening goes on in a new file, and what was held back is in the old one', async () => {
  const path = fresh()
  const file = new AppendingFile(path, { buffer: 1000, flush: 0 }, silent)
  file.write('old\n')
  file.flush()
  file.write('held\n')
  renameSync(path, `${path}.1`)
  file.reopen()
  file.write('new\n')
  file.flush()
  expect(text(`${path}.1`)).toBe('old\nheld\n')
  expect(text(path)).toBe('new\n')
})

test('a file that cannot be reopened goes on in the old one', async () => {
  const path = join(folder, `sub${count++}`, 'x.log')
  mkdirSync(join(path, '..'))
  const failures: string[] = []
  const file = new AppendingFile(path, { buffer: 0, flush: 0 }, (failure) => failures.push(failure))
  file.open()
  renameSync(join(path, '..'), join(path, '..', '..', 'moved'))
  file.reopen()
  expect(file.writeNow('still\n')).toBe(true)
  expect(text(join(folder, 'moved', 'x.log'))).toBe('still\n')
  expect(failures).toEqual([`open() "${path}" failed (2: No such file or directory)`])
})

test('a file that cannot be written is reported once a minute, and nothing is thrown', () => {
  vi.useFakeTimers()
  const failures: string[] = []
  const path = '/dev/full'
  const file = new AppendingFile(path, { buffer: 0, flush: 0 }, (failure) => failures.push(failure))
  for (let i = 0; i < 100; i++) expect(file.writeNow('line\n')).toBe(false)
  expect(failures).toEqual(['write() to "/dev/full" failed (28: No space left on device)'])
  vi.advanceTimersByTime(60_000)
  file.writeNow('line\n')
  expect(failures).toHaveLength(2)
  vi.useRealTimers()
})

test('there is one file for a path, and two ways to write it are refused', () => {
  const path = fresh()
  beginLogFiles()
  const file = openLogFile(path, { buffer: 100 })
  expect(openLogFile(path, { buffer: 100 })).toBe(file)
  expect(() => openLogFile(path)).toThrow(`log file "${path}" is used with two different`)
})

test('the next configuration may write the same file in another way', () => {
  const path = fresh()
  beginLogFiles()
  const file = openLogFile(path, { buffer: 100 })
  file.write('held\n')
  beginLogFiles()
  expect(openLogFile(path)).toBe(file)
  expect(text(path)).toBe('held\n')
})

test('files that only an earlier configuration asked for are closed', () => {
  const [kept, dropped] = [fresh(), fresh()]
  beginLogFiles()
  const before = [openLogFile(kept), openLogFile(dropped)]
  beginLogFiles()
  openLogFile(kept)
  closeOldLogFiles()
  expect([openLogFile(kept) === before[0], openLogFile(dropped) === before[1]]).toEqual([
    true,
    false,
  ])
  rmSync(folder, { recursive: true })
})
