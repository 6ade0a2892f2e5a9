import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, nearest } from '../../src/config/nearest.ts'

test.each([
  ['prox_pass', 'proxy_pass'],
  ['serverr', 'server'],
  ['gizp', 'gzip'],
  ['lokation', 'location'],
  ['completely_else', undefined],
  ['x', undefined],
])('%s is meant to be %s', (wrong, right) => {
  expect(nearest(wrong, ['proxy_pass', 'server', 'server_name', 'gzip', 'location'])).toBe(right)
})

test('counts a swap of neighbours once', () => {
  expect(editDistance('gizp', 'gzip')).toBe(1)
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})

test('is a distance: none to itself, the same both ways, never longer than the longer word', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, a)).toBe(0)
      expect(editDistance(a, b)).toBe(editDistance(b, a))
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
    }),
  )
})
