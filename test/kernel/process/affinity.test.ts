import { expect, test } from 'vitest'
import { affinityMask } from '../../../src/kernel/process/affinity.ts'

const masks = (words: string[], workers: number) =>
  Array.from({ length: workers }, (_, i) => affinityMask(words, i))

test('each worker has its mask, those beyond the last one', () => {
  expect(masks(['0001', '0010', '1100'], 4)).toEqual([1n, 2n, 12n, 12n])
})

test('auto gives each worker one of the processors a mask allows, in turn', () => {
  expect(masks(['auto', '1010'], 3)).toEqual([2n, 8n, 2n])
})

test('without a mask a worker may run anywhere', () => {
  expect(affinityMask([], 0)).toBeUndefined()
})
