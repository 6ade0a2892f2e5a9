import fc from 'fast-check'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/sub-filter/index.ts'

type Pairs = readonly (readonly [pattern: string, replacement: string])[]

const subject = (pairs: Pairs, directives: Record<string, string> = {}) =>
  underTest(plugin, {
    directives: { ...directives, sub_filter: pairs.map(([from, to]) => `"${from}" "${to}"`) },
  })

/** The same in the plainest way. */
function replaced(text: string, pairs: Pairs, times: 'once' | 'always'): string {
  const done = new Set<string>()
  let out = ''
  for (let at = 0; at < text.length; ) {
    const here = pairs.find(([pattern], i) => {
      return !done.has(`${i}`) && text.slice(at).toLowerCase().startsWith(pattern.toLowerCase())
    })
    if (here && times === 'once') done.add(`${pairs.indexOf(here)}`)
    out += here ? here[1] : text[at]
    at += here ? here[0].length : 1
  }
  return out
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A'), minLength: 1, maxLength: 4 })
const list = fc.array(fc.tuple(word, fc.constantFrom('', '-', 'ab', 'LONG')), {
  minLength: 1,
  maxLength: 4,
})
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'x'), maxLength: 60 })

describe('sub_filter', () => {
  it.each(['once', 'always'] as const)('replaces %s, however a text is cut', async (times) => {
    const directives = { sub_filter_once: times === 'once' ? 'on' : 'off' }
    const sizes = fc.integer({ min: 1, max: 20 })
    await fc.assert(
      fc.asyncProperty(list, text, sizes, async (pairs, body, size) => {
        const pace = size % 2 === 0 ? 'slow' : 'quick'
        const answer = await subject(pairs, directives).respond(
          { body, type: 'text/html', length: 'unknown' },
          {},
          { size, pace },
        )
        expect(answer.text).toBe(replaced(body, pairs, times))
        expect(answer.sink.faults).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('keeps the rules of filters', async () => {
    const body = 'some text, and some more of it'
    const response = { body, type: 'text/html' }
    expect(await subject([['some', 'none']]).filterFaults(response)).toEqual([])
  })

  it('takes variables in patterns and replacements, and leaves empty patterns out', async () => {
    const pairs: Pairs = [
      ['$arg_none', 'x'],
      ['$arg_A', '<$arg_b>'],
    ]
    const answer = (target: string) =>
      subject(pairs).respond({ body: 'one Two', type: 'text/html' }, { target })
    expect((await answer('/?a=tWo&b=2')).text).toBe('one <2>')
    const none = await answer('/')
    expect([none.text, none.head?.length]).toEqual(['one Two', 7])
  })

  it('tells letters apart that are not ASCII', async () => {
    const pairs: Pairs = [['é', 'e']]
    const { text: made } = await subject(pairs, { sub_filter_once: 'off' }).respond({
      body: 'éÉ',
      type: 'text/html',
    })
    expect(made).toBe('eÉ')
  })

  it('tells no length and no validators, or a weak one', async () => {
    const response = { body: 'x', type: 'text/html', modified: 0, fields: { ETag: '"e"' } }
    const dropped = (await subject([['a', 'b']]).respond(response)).head
    expect([dropped?.length, dropped?.modified]).toEqual([undefined, undefined])
    expect(dropped?.fields.get('etag')).toBeUndefined()
    const kept = (await subject([['a', 'b']], { sub_filter_last_modified: 'on' }).respond(response))
      .head
    expect([kept?.modified, kept?.fields.get('etag')]).toEqual([0, 'W/"e"'])
  })

  it('is for the types named', async () => {
    const body = 'aaa'
    const directives = { sub_filter_types: 'text/css' }
    const of = async (type: string) =>
      (await subject([['a', 'b']], directives).respond({ body, type })).text
    expect(await of('text/html; charset=utf-8')).toBe('baa')
    expect(await of('TEXT/CSS')).toBe('baa')
    expect(await of('text/plain')).toBe('aaa')
  })

  it('refuses an empty pattern, and more than 255', () => {
    expect(() => subject([['', 'x']])).toThrow('empty search pattern')
    const many: Pairs = Array.from({ length: 256 }, (_, i) => [`a${i}`, 'x'])
    expect(() => subject(many)).toThrow('number of search patterns exceeds 255')
  })
})
