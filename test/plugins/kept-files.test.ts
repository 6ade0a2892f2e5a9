import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { KeptFiles } from '../../src/plugins/static/kept-files.ts'

let folder: string
let file: string
let looks = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'))
  file = join(folder, 'a.txt')
  vi.useFakeTimers({ toFake: ['Date'] })
  write('first')
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

/** Writes a file; for the cache, that was an hour ago. */
function write(text: string, path = file): void {
  writeFileSync(path, text)
  vi.setSystemTime(statSync(path).ctimeMs + 3_600_000)
}
function offer(kept: KeptFiles, text: string, path = file): void {
  kept.offer(path, statSync(path), Buffer.from(text))
}
function keep(kept: KeptFiles, text: string, path = file): void {
  offer(kept, text, path)
  offer(kept, text, path)
}
/** Each look is made at a time of its own. */
function found(kept: KeptFiles, path = file): string | undefined {
  looks++
  vi.setSystemTime(Date.now() + looks * 10_000)
  const bytes = kept.find(path, Date.now())?.body.bytes
  return bytes && Buffer.from(bytes).toString()
}

it('keeps a file that is asked for a second time', () => {
  const kept = new KeptFiles(1000)
  offer(kept, 'first')
  expect(found(kept)).toBeUndefined()
  offer(kept, 'first')
  expect(found(kept)).toBe('first')
})

it('keeps no file that has just changed, since it may change again unnoticed', () => {
  const kept = new KeptFiles(1000)
  vi.setSystemTime(statSync(file).ctimeMs + 100)
  keep(kept, 'first')
  expect(found(kept)).toBeUndefined()
})

it.each<[string, () => void]>([
  ['written', () => write('other')],
  ['touched', () => utimesSync(file, 1, 1)],
  ['removed', () => rmSync(file)],
  [
    'replaced by another of the same size and time',
    () => {
      const { atime, mtime } = statSync(file)
      write('other', join(folder, 'b.txt'))
      utimesSync(join(folder, 'b.txt'), atime, mtime)
      renameSync(join(folder, 'b.txt'), file)
    },
  ],
])('forgets a file that was %s', (_, change) => {
  const kept = new KeptFiles(1000)
  keep(kept, 'first')
  expect(found(kept)).toBe('first')
  change()
  expect(found(kept)).toBeUndefined()
})

it('drops the file that was not used for longest when there is no room', () => {
  const kept = new KeptFiles(10)
  const [b, c] = [join(folder, 'b.txt'), join(folder, 'c.txt')]
  write('bbbbb', b)
  write('ccccc', c)
  keep(kept, 'first')
  keep(kept, 'bbbbb', b)
  found(kept)
  keep(kept, 'ccccc', c)
  expect([found(kept), found(kept, b), found(kept, c)]).toEqual(['first', undefined, 'ccccc'])
})

it('takes no file that is larger than all there is room for', () => {
  const kept = new KeptFiles(4)
  keep(kept, 'first')
  expect(found(kept)).toBeUndefined()
})
