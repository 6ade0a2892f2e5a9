import fc from 'fast-check'
import { Fields, Head } from 'gateway/plugin'
import { expect, test } from 'vitest'
import { AnswerError } from '../../../../sandbox/host/answer-error.ts'
import { headText } from '../../../../src/plugins/script/record/head-text.ts'
import { checkedHead, checkedTrailers } from '../../../../src/plugins/script/record/heads.ts'

const LIMITS = { responseBody: 1000, headerCount: 10, headerBytes: 1000 }

const token = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/)
const value = fc.stringMatching(/^[ -~\x80-\xff]{0,40}$/)

test('a head that can be sent comes out as it went in', () => {
  const parts = fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    type: fc.option(value, { nil: undefined }),
    length: fc.option(fc.nat(), { nil: undefined }),
    modified: fc.option(fc.nat(), { nil: undefined }),
    ranges: fc.boolean(),
    fields: fc.array(fc.tuple(token, value), { maxLength: 9 }),
  })
  fc.assert(
    fc.property(parts, ({ fields, ...members }) => {
      const own = fields.filter(
        ([name]) => !/^(connection|content-|te$|upgrade|tra|keep|proxy)/i.test(name),
      )
      const head = Object.assign(new Head(200, new Fields(own.flat())), members)
      expect(checkedHead(headText(head), LIMITS)).toEqual(head)
    }),
  )
})

test('anything else is an error of the answer, and nothing worse', () => {
  const base = JSON.parse(headText(new Head(200))) as Record<string, unknown>
  const members = fc.constantFrom(...Object.keys(base), '__proto__', 'seek')
  const junk = fc.oneof(fc.jsonValue(), fc.string(), fc.array(fc.string()), fc.double())
  fc.assert(
    fc.property(
      fc.array(fc.tuple(members, junk), { maxLength: 4 }),
      fc.string(),
      (changes, text) => {
        const changed = JSON.stringify({ ...base, ...Object.fromEntries(changes) })
        for (const each of [changed, text]) {
          try {
            const { status, type, fields } = checkedHead(each, LIMITS)
            expect(status).toBeGreaterThanOrEqual(200)
            for (const one of [type ?? '', ...fields.list])
              expect(one).toMatch(/^[^\0\r\n\u0100-\uffff]*$/)
          } catch (error) {
            expect(error).toBeInstanceOf(AnswerError)
          }
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('trailers are checked as fields are', () => {
  expect(checkedTrailers('["X-A","b"]', LIMITS).list).toEqual(['X-A', 'b'])
  for (const text of ['[', '{}', '["x"]', '["a b","c"]', '["x","a\\nb"]', '[1,2]', 'null']) {
    expect(() => checkedTrailers(text, LIMITS)).toThrow(AnswerError)
  }
})
