import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Head } from '../../src/wire/head.ts'
import { Fields } from '../../src/wire/http1/fields.ts'
import { HeadMemo } from '../../src/wire/http1/head-memo.ts'
import { type HeadFacts, writeResponseHead } from '../../src/wire/http1/response-writer.ts'

/** Few values each, so that heads are often the same, and often differ in one thing alone. */
const change = fc.record({
  status: fc.constantFrom(200, 206),
  reason: fc.constantFrom(undefined, undefined, 'Fine', 'bad\r\nreason'),
  type: fc.constantFrom(undefined, 'text/plain', 'text/html\r\n'),
  length: fc.constantFrom(undefined, 5, 6),
  modified: fc.constantFrom(undefined, 1_700_000_000_000, 1_700_000_001_000),
  fields: fc.array(
    fc.tuple(
      fc.constantFrom('ETag', 'Server', 'Date', 'X-Other', 'Content-Length', 'Bad Name'),
      fc.constantFrom('"a"', '"b"', 'split\r\nhere'),
    ),
    { maxLength: 2 },
  ),
  framing: fc.constantFrom<HeadFacts['framing']>('length', 'chunked', 'close', 'none'),
  keepAlive: fc.boolean(),
  keepAliveHint: fc.constantFrom(undefined, 15, 20),
  server: fc.constantFrom('gateway/1', 'gateway'),
  now: fc.constantFrom(1_800_000_000_000, 1_800_000_000_999, 1_800_000_001_000),
})

it('never gives another text or report than a head that is put together anew', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 2, maxLength: 12 }), (changes) => {
      const memo = new HeadMemo()
      // Each twice, so that what is remembered is asked for.
      for (const each of changes.flatMap((one) => [one, one])) {
        const { fields, now, framing, keepAlive, keepAliveHint, server, ...rest } = each
        const facts = { framing, keepAlive, keepAliveHint, server }
        const written = [undefined, memo].map((known) => {
          const list = new Fields()
          for (const [name, value] of fields) list.add(name, value)
          const head = Object.assign(new Head(200, list), rest, { memo: known })
          const refused: string[] = []
          return [writeResponseHead(head, facts, now, (name) => refused.push(name)), refused]
        })
        expect(written[1]).toEqual(written[0])
      }
    }),
    { numRuns: 500 },
  )
})

it('remembers the last one', () => {
  const memo = new HeadMemo()
  const facts = {
    framing: 'length',
    keepAlive: true,
    keepAliveHint: undefined,
    server: 'gateway/1',
  }
  const head = Object.assign(new Head(200), { memo, length: 3 })
  const text = writeResponseHead(head, facts as HeadFacts, 1_800_000_000_000, () => {})
  const opening = text.slice(0, text.indexOf('Content-Length'))
  expect(memo.find(head, facts as HeadFacts, opening)).toBe(text)
  expect(memo.find(head, { ...facts, keepAlive: false } as HeadFacts, opening)).toBeUndefined()
})
