import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { HeldLines } from '../../../src/storage/log/held-lines.ts'

const taken = (lines: HeldLines) => lines.take().toString()

test('texts and bytes stand one behind the other, texts in UTF-8', () => {
  const lines = new HeldLines()
  lines.add('one €\n')
  lines.add(Buffer.from('two\n'))
  expect(lines.size).toBe(12)
  expect(taken(lines)).toBe('one €\ntwo\n')
  expect([lines.size, taken(lines)]).toEqual([0, ''])
})

test('there is room for any number of them, of any size', () => {
  const lines = new HeldLines()
  const many = Array.from({ length: 50 }, (_, i) => `${'€'.repeat(i * 200)}\n`)
  for (const [i, line] of many.entries()) lines.add(i % 2 === 0 ? line : Buffer.from(line))
  expect(taken(lines)).toBe(many.join(''))
})

test('those of several files do not mix, though they take turns in the same memory', () => {
  const [one, two] = [new HeldLines(), new HeldLines()]
  one.add('first of one\n')
  expect(taken(one)).toBe('first of one\n')
  one.add('second of one\n')
  two.add('first of two\n')
  one.add('third of one\n')
  expect(taken(two)).toBe('first of two\n')
  two.add('second of two\n')
  expect(taken(one)).toBe('second of one\nthird of one\n')
  expect(taken(two)).toBe('second of two\n')
})
