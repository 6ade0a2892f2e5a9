import fc from 'fast-check'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import { escapeArgs, isUnsafeInArgs, unescapeRedirect } from '../../src/plugins/rewrite/escape.ts'
import plugin from '../../src/plugins/rewrite/index.ts'

type Words = Readonly<Record<string, string | readonly string[]>>

/** What a request is answered where the words stand in this order. */
function answerTo(directives: Words, target = '/') {
  return underTest(plugin, { directives }).request({ target })
}

const SHOW = '200 "$uri|$args|$1"'

describe('rewrite', () => {
  it('changes the URI for what follows, and keeps the arguments', async () => {
    const words = { rewrite: '^/a/(.*)$ /b/$1 break', set: '$x 1' }
    const { x } = await answerTo(words, '/a/c%20d?e')
    expect([x.uri, x.args, x.rewritten, x.internal]).toEqual(['/b/c d', 'e', 'here', true])
  })

  it.each([
    ['^ /to?b=2', 'a=1', 'b=2&a=1'],
    ['^ /to?b=2?', 'a=1', 'b=2'],
    ['^ /to?', 'a=1', ''],
    ['^ /to', 'a=1', 'a=1'],
    ['^ /to?b?c', 'a=1', 'b?c&a=1'],
    ['^/(.*)$ /to?q=$1', '', 'q=a%26b'],
  ])('"%s" with ?%s has the arguments "%s"', async (rewrite, args, wanted) => {
    const { text } = await answerTo({ rewrite, return: SHOW }, `/a%26b?${args}`)
    expect(text.split('|').slice(0, 2)).toEqual(['/to', wanted])
  })

  it('runs in the order written, whichever word it is', async () => {
    const first = await answerTo({ return: '200 first', rewrite: '^ /x redirect' })
    const second = await answerTo({ rewrite: '^ /x redirect', return: '200 first' })
    expect([first.text, second.status]).toEqual(['first', 302])
  })

  it('leaves captures empty where it does not match', async () => {
    const rewrite = ['^/(a) /$1$1', '^/(nothing) /x']
    expect((await answerTo({ rewrite, return: SHOW }, '/a')).text).toBe('/aa||')
  })

  it('redirects with an URL of its own', async () => {
    const { status, head } = await answerTo({ rewrite: '^/(.*)$ https://example.com/$1' }, '/a?b')
    expect([status, head?.fields.get('location')]).toEqual([302, 'https://example.com/a?b'])
  })

  it('says 500 to a URI of which nothing is left', async () => {
    const { status, log } = await answerTo({ rewrite: '^/(.*)$ $1 break' }, '/')
    expect([status, log]).toEqual([500, ['error: the rewritten URI has a zero length']])
  })

  it('gives up after ten locations', async () => {
    const { status, log } = await answerTo({ rewrite: '^ /again' })
    expect(status).toBe(500)
    expect(log.join()).toContain('cycle')
  })
})

describe('set', () => {
  it('gives a value to what comes after it', async () => {
    const words = { set: ['$a x', '$b "$a-$a"', '$a y'], return: '200 "$a $b"' }
    expect((await answerTo(words)).text).toBe('y x-x')
  })

  it('changes the arguments', async () => {
    const { text, x } = await answerTo({ set: '$args b=2', return: '200 "$args $arg_b"' }, '/?a=1')
    expect([text, x.rewritten]).toEqual(['b=2 2', 'yes'])
  })

  it.each([
    [{ set: 'a b' }, 'invalid variable name "a"'],
    [{ set: '$uri x' }, 'the duplicate "uri" variable'],
    [{ rewrite: '^ /a next' }, 'invalid parameter "next"'],
    [{ rewrite: '^ ""' }, 'empty replacement'],
    [{ if: '$a' }, 'invalid condition "$a"'],
    [{ if: '($uri < 1)' }, 'unexpected "<" in condition'],
    [{ break: 'off' }, 'invalid parameter "off"'],
  ])('refuses %j', (directives: Words, text) => {
    expect(() => underTest(plugin, { directives })).toThrow(text)
  })
})

describe('escapes', () => {
  const bytes = fc
    .uint8Array({ maxLength: 20 })
    .map((all) => Array.from(all, (byte) => String.fromCharCode(byte)).join(''))

  it('what is escaped for arguments is one argument, and the same when it is read', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const escaped = escapeArgs(text)
        expect(isUnsafeInArgs(text)).toBe(escaped !== text)
        expect(escaped).toMatch(/^[!$'-*,-:=@-[\]_a-z~%]*$/)
        expect(unescape(escaped)).toBe(text)
      }),
    )
  })

  it('taking escapes back never brings a byte that a field may not have', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const path = unescapeRedirect(escapeArgs(text))
        expect(path).toMatch(/^[\x21-\x7e]*$/)
        expect(unescape(path)).toBe(text)
      }),
    )
  })
})
