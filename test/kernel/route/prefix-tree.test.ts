import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PrefixTree } from '../../../src/kernel/route/prefix-tree.ts'

test('finds the longest prefix, as trying them all would', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 })
  fc.assert(
    fc.property(fc.uniqueArray(text), fc.array(text), (prefixes, texts) => {
      const tree = new PrefixTree<string>()
      for (const prefix of prefixes) tree.set(prefix, prefix)
      const sorted = [...prefixes].sort((a, b) => b.length - a.length)
      for (const each of texts) {
        expect(tree.longest(each)).toBe(sorted.find((prefix) => each.startsWith(prefix)))
      }
    }),
    { numRuns: 500 },
  )
})

test('a prefix set again has the later value', () => {
  const tree = new PrefixTree<number>()
  for (const [prefix, value] of [
    ['/ab', 1],
    ['/abc', 2],
    ['/ab', 3],
    ['/a', 4],
  ] as const)
    tree.set(prefix, value)
  expect([
    tree.longest('/abx'),
    tree.longest('/abcd'),
    tree.longest('/ax'),
    tree.longest('/'),
  ]).toEqual([3, 2, 4, undefined])
})
