import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Interner } from '../../src/wire/http1/interner.ts'

it('gives the text of the bytes, whatever stood in its entry before', () => {
  const interner = new Interner(2, 6)
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
  })
  fc.assert(
    fc.property(fc.array(text), fc.nat(3), (texts, from) => {
      for (const each of texts) {
        const bytes = Buffer.from(`${'#'.repeat(from)}${each}#`, 'latin1')
        expect(interner.text(bytes, from, from + each.length)).toBe(each)
      }
    }),
  )
})

it('allocates nothing for a text it knows', () => {
  const interner = new Interner(16, 8)
  const bytes = Buffer.from('known, and too long to be', 'latin1')
  interner.text(bytes, 0, 5)
  let slices = 0
  const original = bytes.latin1Slice
  bytes.latin1Slice = function (this: Buffer, ...args: [number, number?]) {
    slices++
    return original.apply(this, args)
  }
  expect(interner.text(bytes, 0, 5)).toBe('known')
  expect(slices).toBe(0)
  expect(interner.text(bytes, 11, 19)).toBe('too long')
  expect(interner.text(bytes, 11, 20)).toBe('too long ')
  expect(slices).toBe(2)
})

it('finds what it was seeded with', () => {
  const interner = new Interner(16, 8)
  interner.seed('GET')
  expect(interner.text(Buffer.from('xGETx'), 1, 4)).toBe('GET')
})
