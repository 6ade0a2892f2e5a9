import { check, integer, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/split-clients/index.ts'
import { murmurHash2 } from '../../src/plugins/split-clients/murmur-hash.ts'
import { errorsIn } from '../config/compile-text.ts'
import { rendering } from './rendering.ts'

const split = (lines: string) => {
  return rendering(plugin, `split_clients:\n  $arg_x $v: ${lines}`, '$v')
}

describe('split_clients', () => {
  it('hashes as MurmurHash2 does', () => {
    // Of the reference implementation, with seed 0.
    expect(murmurHash2('')).toBe(0)
    expect(murmurHash2('a')).toBe(0x92685f5e)
  })

  it('always gives a number of 32 bits', () => {
    check(
      property(string({ unit: 'binary-ascii' }), (text) => {
        const hash = murmurHash2(text)
        expect(Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff).toBe(true)
      }),
    )
  })

  it('gives shares of about their size', () => {
    const { of } = split('{ 0.5%: a, 33.33%: b, .17%: c, "*": rest }')
    const counts: Record<string, number> = {}
    for (let i = 0; i < 20_000; i++) {
      const value = of({ target: `/?x=client-${i}` })
      counts[value] = (counts[value] ?? 0) + 1
    }
    const shares = ['a', 'b', 'c', 'rest'].map((each) => (counts[each] ?? 0) / 200)
    for (const [i, share] of [0.5, 33.33, 0.17, 66].entries()) {
      expect(Math.abs((shares[i] ?? 0) - share)).toBeLessThan(1)
    }
  })

  it('keeps a source in one group, and groups in place when a share behind them grows', () => {
    const small = split('{ 50%: a, 10%: b }')
    const large = split('{ 50%: a, 50%: b }')
    check(
      property(integer(), (x) => {
        const target = `/?x=${x}`
        const value = small.of({ target })
        expect(small.of({ target })).toBe(value)
        if (value !== '') expect(large.of({ target })).toBe(value)
      }),
    )
  })

  it('takes values as plain text', () => {
    expect(split('{ "*": "$uri twice" }').of()).toBe('$uri twice')
  })

  it.each([
    ['{ 60%: a, 41%: b }', 'percent total is greater than 100%'],
    ['{ "*": a, 1%: b }', 'percent total is greater than 100%'],
    ['{ 0%: a }', 'invalid percent value "0%"'],
    ['{ 33.333%: a }', 'invalid percent value "33.333%"'],
    ['{ 50: a }', 'invalid percent value "50"'],
    ['{ -1%: a }', 'invalid percent value "-1%"'],
    ['{ 99999999999%: a }', 'invalid percent value "99999999999%"'],
    ['{ 50%: [a, b] }', 'invalid number of the split_clients parameters'],
    ['{ 50%: { a: b } }', 'invalid number of the split_clients parameters'],
  ])('refuses %s', (lines, error) => {
    const [found] = errorsIn(() => split(lines))
    expect(found).toMatch(/^3:/)
    expect(found).toContain(`split_clients: ${error}`)
  })

  it('refuses a name that is none', () => {
    const http = 'split_clients: { $uri v: { 50%: a } }'
    expect(errorsIn(() => rendering(plugin, http, 'x'))).toEqual([
      '2:20 split_clients: invalid variable name "v"',
    ])
  })
})
