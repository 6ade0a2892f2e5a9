import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatHttpDate, httpDate, parseHttpDate } from '../../src/wire/http1/date.ts'

const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)

describe('an HTTP date', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ])('is read in each form of RFC 9110: %s', (text) => {
    expect(parseHttpDate(text)).toBe(EXAMPLE)
  })

  it.each([
    '',
    'yesterday',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 anF 1994 08:49:37 GMT',
    '1994-11-06T08:49:37Z',
  ])('is nothing else: %j', (text) => {
    expect(parseHttpDate(text)).toBeUndefined()
  })

  it('takes two digits of a year for the nearer century', () => {
    expect(parseHttpDate('Sunday, 06-Nov-22 08:49:37 GMT')).toBe(Date.UTC(2022, 10, 6, 8, 49, 37))
  })

  it('is read as it was written', () => {
    const from = Date.UTC(1970, 0, 1)
    const until = Date.UTC(9999, 11, 31)
    fc.assert(
      fc.property(fc.integer({ min: from / 1000, max: until / 1000 }), (seconds) => {
        expect(parseHttpDate(formatHttpDate(seconds * 1000))).toBe(seconds * 1000)
        expect(httpDate(seconds * 1000 + 999)).toBe(formatHttpDate(seconds * 1000))
      }),
    )
  })
})
