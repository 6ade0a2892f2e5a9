import fc from 'fast-check'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import { holds } from '../../src/plugins/ssi/condition.ts'
import { encoded } from '../../src/plugins/ssi/encoding.ts'
import { evaluate } from '../../src/plugins/ssi/evaluate.ts'
import plugin from '../../src/plugins/ssi/index.ts'
import { MOST_INCLUDES, MOST_TEXT, MOST_VARIABLES } from '../../src/plugins/ssi/limits.ts'
import { matchWithin } from '../../src/plugins/ssi/match-within.ts'
import { Shared } from '../../src/plugins/ssi/shared.ts'
import { strftime } from '../../src/plugins/ssi/strftime.ts'

const FAILED = '[an error occurred while processing the directive]'

const page = (body: string, directives: Record<string, string> = {}, target = '/dir/page?a=1') =>
  underTest(plugin, { directives: { ssi: 'on', ...directives } }).respond(
    { body, type: 'text/html', modified: 0, ranges: true, fields: { ETag: '"e"' } },
    { target },
  )

/** Pieces that pages are made of, whole and broken. */
const piece = fc.constantFrom(
  'text',
  '<',
  '<!-',
  '<!--',
  '<!--#',
  '-->',
  '<!--#echo var="arg_a" -->',
  '<!--#echo var="v" default="<" -->',
  '<!--# set var="v" value="$arg_a\\\\"x" -->',
  '<!--#if expr="$v" -->',
  '<!--#elif expr="$arg_a = /(.)/" -->',
  '<!--#else -->',
  '<!--#endif -->',
  '<!--#block name="b" -->',
  '<!--#endblock -->',
  '<!--#include virtual="missing" -->',
  '<!--#include virtual="missing" wait="yes" -->',
  '<!--#include virtual="missing" stub="b" -->',
  '<!--#config errmsg="oh" -->',
  '<!--#nonsense x -->',
)

describe('ssi', () => {
  it('makes the same page however it is cut into chunks', async () => {
    const pages = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(pages, fc.integer({ min: 1, max: 9 }), async (body, size) => {
        const subject = underTest(plugin, { directives: { ssi: 'on' } })
        const response = { body, type: 'text/html' }
        const whole = await subject.respond(response, { target: '/?a=1' })
        const cut = await subject.respond(response, { target: '/?a=1' }, { size, pace: 'slow' })
        expect(cut.text).toBe(whole.text)
        expect([...cut.sink.faults, cut.sink.ended]).toEqual([true])
      }),
      { numRuns: 150 },
    )
  })

  it('keeps the rules of filters', async () => {
    const body = 'a<!--#echo var="arg_a" -->b<!--#include virtual="missing" -->c'.repeat(3)
    const subject = underTest(plugin, { directives: { ssi: 'on' } })
    expect(await subject.filterFaults({ body, type: 'text/html' })).toEqual([])
  })

  it('tells no length, ranges or validators of a page that is made', async () => {
    const { head } = await page('x')
    expect([head?.length, head?.ranges, head?.modified]).toEqual([undefined, false, undefined])
    expect(head?.fields.get('etag')).toBeUndefined()
    const kept = await page('x', { ssi_last_modified: 'on' })
    expect([kept.head?.modified, kept.head?.fields.get('etag')]).toEqual([0, 'W/"e"'])
  })

  it('leaves other types and empty bodies alone', async () => {
    const subject = underTest(plugin, { directives: { ssi: 'on' } })
    const body = '<!--#echo var="arg_a" -->'
    const { text, head } = await subject.respond({ body, type: 'text/plain' })
    expect([text, head?.length]).toEqual([body, body.length])
    expect((await subject.respond({ type: 'text/html' })).head?.length).toBe(0)
  })

  it('says what is wrong in the error log', async () => {
    const lines = async (body: string) => (await page(body)).log
    expect(await lines('<!--#exec cmd="ls" -->')).toEqual(['error: invalid SSI command: "exec"'])
    expect(await lines('<!--#echo x="y" -->')).toEqual([
      'error: invalid parameter name: "x" in "echo" SSI command',
    ])
    expect(await lines('<!--#include virtual="/a/../../b" -->')).toEqual([
      'error: unsafe URI "/a/../../b" was detected',
      'error: "/a/../../b" cannot be included',
    ])
  })

  it('keeps what begins a command at the very end and is none', async () => {
    expect((await page('a<!--')).text).toBe('a<!--')
    expect((await page('a<!--#echo')).text).toBe('a')
  })

  it('bounds what a page can make of itself', async () => {
    const doubling = '<!--#set var="v" value="$v$v" -->'.repeat(20)
    const doubled = await page(`<!--#set var="v" value="x" -->${doubling}<!--#echo var="v" -->`)
    expect(doubled.text.replaceAll(FAILED, '').length).toBe(MOST_TEXT)
    expect(doubled.text).toContain(FAILED)
    const sets = Array.from(
      { length: MOST_VARIABLES + 2 },
      (_, i) => `<!--#set var="v${i}" value="" -->`,
    )
    expect((await page(sets.join(''))).text).toBe(FAILED.repeat(2))
    const includes = '<!--#include virtual="x" -->'.repeat(MOST_INCLUDES + 3)
    const { text } = await page(includes, { ssi_silent_errors: 'off' })
    expect(text.split(FAILED).length - 1).toBe(3)
  })

  it('gives up a regular expression that takes exponential time', () => {
    const slow = 'a'.repeat(100)
    expect(() => matchWithin('^(a+)+$', `${slow}b`)).toThrow('takes more than')
    expect(matchWithin('^(a+)+$', slow)?.[1]).toBe(slow)
    expect(() => matchWithin('(', 'x')).toThrow('is not valid')
  })

  it('puts nothing of a client into the page as it is, unless it is told to', () => {
    expect(encoded('<script>"&', 'entity')).toBe('&lt;script&gt;&quot;&amp;')
    expect(encoded('a b"<\xff', 'url')).toBe('a%20b%22<%FF')
  })
})

describe('evaluate', () => {
  const read = (name: string) => ({ a: 'A', b: '$a\\' })[name]

  it.each([
    ['$a-${a}b', 'A-Ab'],
    ['$b$none.', '$a\\.'],
    ['\\$a \\" \\x \\\\', '$a " \\x \\'],
    ['end\\', 'end'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text, read)).toBe(expected)
  })

  it.each(['$', 'x${a', '${}', '$-'])('%s is refused', (text) => {
    expect(() => evaluate(text, read)).toThrow()
  })
})

describe('holds', () => {
  const read = (name: string) => ({ a: 'Abc' })[name]

  it.each([
    ['$a', true],
    ['$none', false],
    ['$a = Abc', true],
    ['$a=Abc', true],
    ['$a != Abc', false],
    ['$a = /b/', true],
    ['$a != /b/', false],
    ['$a = \\/b/', false],
    ['$a = ', false],
    ['"" = ""', true],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression, read, new Shared())).toBe(expected)
  })

  it.each(['$a < b', '$a = /b', '-', '$a b'])('%s is refused', (expression) => {
    expect(() => holds(expression, read, new Shared())).toThrow('invalid expression')
  })
})

describe('strftime', () => {
  const time = Date.UTC(2027, 0, 3, 4, 5, 6)

  it.each([
    ['%A, %d-%b-%Y %H:%M:%S %Z', 'Sunday, 03-Jan-2027 04:05:06 GMT'],
    ['%a %B %e %k %l %I %p %P %j', 'Sun January  3  4  4 04 AM am 003'],
    [
      '%c|%D|%F|%r|%R|%T|%x|%X',
      'Sun Jan  3 04:05:06 2027|01/03/27|2027-01-03|04:05:06 AM|04:05|04:05:06|01/03/27|04:05:06',
    ],
    ['%C %g %G %V %u %w %U %W %y %h', '20 26 2026 53 7 0 01 00 27 Jan'],
    ['%s %z %n%t%% %Ey %q', `${time / 1000} +0000 \n\t% 27 %q`],
  ])('%s', (format, expected) => {
    expect(strftime(format, time, 'gmt')).toBe(expected)
  })
})
